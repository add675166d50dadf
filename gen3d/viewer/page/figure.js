// SPDX-License-Identifier: Apache-2.0
// A model of a .glb or .vrm file on the stage: its motion, its looks, its face.
import * as THREE from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";

import { Bones } from "./bones.js";

const MESHOPT = ["EXT_meshopt_compression", "KHR_meshopt_compression"];
const PACKED = ["KHR_draco_mesh_compression", "KHR_texture_basisu"];

// Reads a model; throws an Error whose message is part of a sentence.
export async function readFigure(buffer) {
    const header = headerOf(buffer);
    const needed = header.extensionsRequired ?? [];
    const packed = needed.filter((name) => PACKED.includes(name));
    if (packed.length > 0) {
        throw new Error(`it is packed with ${packed.join(" and ")}, which this page does not unpack`);
    }
    const loader = new GLTFLoader();
    if (needed.some((name) => MESHOPT.includes(name))) {
        const { MeshoptDecoder } = await import("three/addons/libs/meshopt_decoder.module.js");
        loader.setMeshoptDecoder(MeshoptDecoder);
    }
    return new Figure(await loader.parseAsync(buffer, ""));
}

function headerOf(buffer) {
    const view = new DataView(buffer);
    if (buffer.byteLength < 20 || view.getUint32(0, true) !== 0x46546c67) {
        throw new Error("it is no binary glTF");
    }
    const text = new TextDecoder().decode(new Uint8Array(buffer, 20, view.getUint32(12, true)));
    return JSON.parse(text);
}

export class Figure {
    constructor(gltf) {
        this.root = gltf.scene;
        this.extras = gltf.asset?.extras ?? {};
        this.meshes = [];
        this.root.traverse((node) => node.isMesh && this.meshes.push(node));
        this.uniforms = { showNormals: { value: 0 } };
        this.meshes.forEach((mesh) => this._prepare(mesh));
        this.wires = null;
        this.bones = new Bones(this.root, this.meshes);
        this.shapes = [...new Set(this.meshes.flatMap((m) => Object.keys(m.morphTargetDictionary ?? {})))].sort();
        this.held = new Map();
        this.clips = gltf.animations.filter((clip) => clip.duration > 0);
        this.mixer = new THREE.AnimationMixer(this.root);
        this.time = 0;
        this.choose(0);
    }

    get seconds() {
        return this.clip?.duration ?? 0;
    }

    // Take one of the clips.
    choose(number) {
        this.action?.stop();
        this.clip = this.clips[number] ?? null;
        this.action = this.clip ? this.mixer.clipAction(this.clip).play() : null;
        this.seek(0);
    }

    // Go on by so many seconds, from the end to the start.
    advance(seconds) {
        if (this.clip) {
            this.seek((this.time + seconds) % this.clip.duration);
        }
    }

    // Stand as at a moment of the clip.
    seek(seconds) {
        this.time = Math.min(Math.max(seconds, 0), this.seconds);
        if (this.action) {
            this.action.time = this.time;
            this.mixer.update(0);
        }
        this._hold();
        this.root.updateMatrixWorld(true);
        this.bones.update();
    }

    // Give a face shape a weight of the user's.
    shape(name, weight) {
        this.held.set(name, weight);
        this.seek(this.time);
    }

    // Let the motion have all face shapes back.
    release() {
        this.held.forEach((_, name) => this.held.set(name, 0));
        this._hold();
        this.held.clear();
        // The mixer writes what has changed by its own account; starting anew, it writes everything.
        this.action?.stop().play();
        this.seek(this.time);
    }

    showSurface(yes) {
        // Not by visibility, which children share: the wires hang on the meshes.
        this.meshes.forEach((mesh) => mesh.layers.set(yes ? 0 : 31));
    }

    showNormals(yes) {
        this.uniforms.showNormals.value = yes ? 1 : 0;
    }

    showWireframe(yes) {
        this.wires ??= yes ? this.meshes.map(wireOf) : null;
        this.wires?.forEach((wire) => (wire.visible = yes));
    }

    // Where the figure is now: bones and the flesh around them, or the box of a thing without bones.
    box() {
        const box = this.bones.box();
        if (box.isEmpty()) {
            return new THREE.Box3().setFromObject(this.root);
        }
        const flesh = 0.075 * Math.max(box.max.y - box.min.y, 0.1);
        return box.expandByVector(new THREE.Vector3(flesh, flesh, flesh));
    }

    // The point that the camera goes along with, on the ground.
    place() {
        const place = this.bones.middle();
        place.y = 0;
        return place;
    }

    dispose() {
        this.meshes.forEach((mesh) => {
            mesh.geometry.dispose();
            for (const material of [mesh.material].flat()) {
                Object.values(material).forEach((value) => value?.isTexture && value.dispose());
                material.dispose();
            }
        });
        this.wires?.forEach((wire) => wire.material.dispose());
        this.bones.dispose();
    }

    _prepare(mesh) {
        // A skin moves out of its rest box, by which the renderer would judge whether it is in view.
        mesh.frustumCulled = false;
        mesh.castShadow = mesh.receiveShadow = true;
        for (const material of [mesh.material].flat()) {
            Object.assign(material, { polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1 });
            // Back faces alone, the default, would let light in between a sole and the ground.
            material.shadowSide = THREE.DoubleSide;
            if (material.isMeshStandardMaterial) {
                material.onBeforeCompile = (shader) => this._addNormals(shader);
            }
        }
    }

    _addNormals(shader) {
        Object.assign(shader.uniforms, this.uniforms);
        const last = "#include <colorspace_fragment>";
        shader.fragmentShader = `uniform float showNormals;\n${shader.fragmentShader}`.replace(
            last,
            `${last}\nif (showNormals > 0.5) gl_FragColor.rgb = normalize(normal) * 0.5 + 0.5;`,
        );
    }

    _hold() {
        if (this.held.size === 0) {
            return;
        }
        for (const mesh of this.meshes) {
            this.held.forEach((weight, name) => {
                const index = mesh.morphTargetDictionary?.[name];
                if (index !== undefined) {
                    mesh.morphTargetInfluences[index] = weight;
                }
            });
        }
    }
}

// The edges of a mesh, over its surface and moving with it.
function wireOf(mesh) {
    const material = new THREE.MeshBasicMaterial({
        color: 0xbfe0ff,
        wireframe: true,
        transparent: true,
        opacity: 0.2,
        depthWrite: false,
        toneMapped: false,
    });
    const wire = new (mesh.isSkinnedMesh ? THREE.SkinnedMesh : THREE.Mesh)(mesh.geometry, material);
    if (mesh.isSkinnedMesh) {
        wire.bind(mesh.skeleton, mesh.bindMatrix);
        wire.bindMode = mesh.bindMode;
    }
    wire.morphTargetInfluences = mesh.morphTargetInfluences;
    wire.morphTargetDictionary = mesh.morphTargetDictionary;
    wire.frustumCulled = false;
    mesh.add(wire);
    return wire;
}
