// SPDX-License-Identifier: Apache-2.0
// Three balls that show what a light does: a mirror, a grey matt one, and a white glossy one.
import * as THREE from "three";

const RADIUS = 0.32;

export function probesOf() {
    const looks = [
        { color: 0xffffff, metalness: 1, roughness: 0.02 },
        // 18 % of the light comes back, as from a photographer's card.
        { color: new THREE.Color(0.18, 0.18, 0.18), metalness: 0, roughness: 1 },
        { color: new THREE.Color(0.8, 0.8, 0.8), metalness: 0, roughness: 0.25 },
    ];
    const shape = new THREE.SphereGeometry(RADIUS, 64, 32);
    return looks.map((look, i) => {
        const ball = new THREE.Mesh(shape, new THREE.MeshStandardMaterial({ ...look, shadowSide: THREE.DoubleSide }));
        ball.position.set((i - 1) * 2.5 * RADIUS, RADIUS, 0);
        ball.castShadow = ball.receiveShadow = true;
        return ball;
    });
}
