// SPDX-License-Identifier: Apache-2.0
// The skeleton as an overlay: a slender octahedron for each bone, seen through the surface.
import * as THREE from "three";

const WIDTH = 0.09;
const THICKEST = 0.028;

export class Bones {
    constructor(root, meshes) {
        this.joints = [...new Set(meshes.flatMap((mesh) => mesh.skeleton?.bones ?? []))];
        if (this.joints.length === 0) {
            // A motion alone may have no mesh; its joints are then whatever nodes there are.
            root.traverse((node) => node !== root && !node.isMesh && this.joints.push(node));
        }
        const known = new Set(this.joints);
        // From the root on the ground to the hips there is a way, but no bone.
        this.pairs = this.joints
            .filter((joint) => known.has(joint.parent) && known.has(joint.parent.parent))
            .map((joint) => [joint.parent, joint]);
        this.overlay = this.pairs.length > 0 ? overlayOf(this.pairs.length) : null;
    }

    show(yes) {
        if (this.overlay) {
            this.overlay.visible = yes;
            this.update();
        }
    }

    // Follow the joints.
    update() {
        if (!this.overlay?.visible) {
            return;
        }
        const [from, to, turn] = [new THREE.Vector3(), new THREE.Vector3(), new THREE.Quaternion()];
        const [along, size, matrix] = [new THREE.Vector3(), new THREE.Vector3(), new THREE.Matrix4()];
        this.pairs.forEach(([parent, joint], number) => {
            from.setFromMatrixPosition(parent.matrixWorld);
            to.setFromMatrixPosition(joint.matrixWorld);
            along.subVectors(to, from);
            const length = along.length();
            turn.setFromUnitVectors(THREE.Object3D.DEFAULT_UP, along.divideScalar(length || 1));
            const width = Math.min(WIDTH * length, THICKEST);
            this.overlay.setMatrixAt(number, matrix.compose(from, turn, size.set(width, length, width)));
        });
        this.overlay.instanceMatrix.needsUpdate = true;
    }

    // Around all joints.
    box() {
        const [box, place] = [new THREE.Box3(), new THREE.Vector3()];
        if (this.pairs.length > 0) {
            this.joints.forEach((j) => box.expandByPoint(place.setFromMatrixPosition(j.matrixWorld)));
        }
        return box;
    }

    // Where the trunk of the skeleton is.
    middle() {
        const hips = this.pairs[0]?.[0];
        return hips ? new THREE.Vector3().setFromMatrixPosition(hips.matrixWorld) : new THREE.Vector3();
    }

    dispose() {
        this.overlay?.geometry.dispose();
        this.overlay?.material.dispose();
        this.overlay?.dispose();
    }
}

function overlayOf(count) {
    // From 0 to 1 along +Y, thickest near the start.
    const shape = new THREE.OctahedronGeometry(1, 0);
    const points = shape.attributes.position;
    for (let i = 0; i < points.count; i += 1) {
        const y = points.getY(i);
        points.setY(i, Math.abs(y) < 0.5 ? 0.16 : (y + 1) / 2);
    }
    shape.computeVertexNormals();
    const shades = [...Array(points.count).keys()].flatMap((i) => {
        const { x, z } = new THREE.Vector3().fromBufferAttribute(shape.attributes.normal, i);
        return Array(3).fill(0.8 + 0.2 * Math.sign(x) + 0.12 * Math.sign(z));
    });
    shape.setAttribute("color", new THREE.Float32BufferAttribute(shades, 3));
    const material = new THREE.MeshBasicMaterial({
        color: 0xf0a340,
        vertexColors: true,
        depthTest: false,
        depthWrite: false,
        transparent: true,
        opacity: 0.88,
        toneMapped: false,
    });
    const overlay = new THREE.InstancedMesh(shape, material, count);
    overlay.frustumCulled = false;
    overlay.renderOrder = 10;
    overlay.visible = false;
    return overlay;
}
