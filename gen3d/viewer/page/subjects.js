// SPDX-License-Identifier: Apache-2.0
// What a run has to show: four subjects by the fixed names of its results, and any other model.

const MODEL = /\.(glb|vrm)$/i;

// In the order of the tabs; each has a name, the file that is loaded, and how it is looked at first.
export function subjectsOf(run) {
    const has = new Map(run.files.map((file) => [file.path, file]));
    const first = (...paths) => paths.find((path) => has.has(path));
    const character = first("character.glb", "avatar.glb");
    const sky = first("sky.hdr", "sky.exr");
    const motion = first("motion.glb") ?? (has.has("motion.bvh") || run.verb === "create" ? character : undefined);
    const named = [
        { name: "Character", path: character },
        { name: "Object", path: first("object.glb") },
        // Without a file of its own, the motion is the character's skeleton.
        { name: "Motion", path: motion, bare: motion === character },
        { name: "Environment", path: sky, sky: true },
    ].filter((subject) => subject.path);
    const taken = new Set(named.map((subject) => subject.path));
    const others = run.files
        .filter((file) => MODEL.test(file.path) && !taken.has(file.path))
        .map((file) => ({ name: file.path, path: file.path, other: true }));
    return { named, others, sky, changed: (path) => has.get(path)?.changed };
}
