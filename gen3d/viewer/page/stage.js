// SPDX-License-Identifier: Apache-2.0
// The stage: renderer, camera, ground, and the light, which a sky or a studio gives. Metres, +Y up,
// and what stands on it faces +Z. It draws only when something has changed.
import * as THREE from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";

import { domeOf, studioLight } from "./sky.js";

const FIELD_DEG = 32;
const GREY = 0x2a2d32;
const VIEWS = {
    front: [0, 0, 1],
    side: [1, 0, 0],
    back: [0, 0, -1],
    // A hair off the pole, so that "up" on the screen is away from the viewer.
    top: [0, 1, 0.0001],
};

// AgX keeps colours true in strong light, but is made to be graded: as it is, it looks faded. So there is
// more contrast around middle grey, and more colour.
THREE.ShaderChunk.tonemapping_pars_fragment = THREE.ShaderChunk.tonemapping_pars_fragment.replace(
    "vec3 CustomToneMapping( vec3 color ) { return color; }",
    `vec3 CustomToneMapping( vec3 color ) {
        vec3 film = 0.18 * pow( max( AgXToneMapping( color ), 0.0 ) / 0.18, vec3( 1.22 ) );
        return clamp( mix( vec3( dot( film, vec3( 0.2126, 0.7152, 0.0722 ) ) ), film, 1.18 ), 0.0, 1.0 );
    }`,
);

export class Stage {
    // `covered` says how many pixels at the foot of the canvas other things lie over.
    constructor(canvas, covered) {
        this.canvas = canvas;
        this.covered = covered;
        this.renderer = new THREE.WebGLRenderer({ canvas, antialias: true });
        this.renderer.toneMapping = THREE.CustomToneMapping;
        this.renderer.shadowMap.enabled = true;
        this.renderer.shadowMap.type = THREE.PCFShadowMap;
        this.scene = new THREE.Scene();
        this.scene.background = new THREE.Color(GREY);
        this.dome = domeOf();
        this.scene.add(this.dome);
        this.camera = new THREE.PerspectiveCamera(FIELD_DEG, 1, 0.02, 400);
        this.camera.position.set(0, 1, 4);
        this.controls = new OrbitControls(this.camera, canvas);
        this.controls.minDistance = 0.05;
        this.controls.maxDistance = 150;
        this.controls.target.set(0, 0.9, 0);
        this.controls.listenToKeyEvents(canvas);
        this.controls.addEventListener("change", () => this.touch());
        this.pmrem = new THREE.PMREMGenerator(this.renderer);
        this.studio = studioLight();
        this.lit = this.studio;
        this.stops = 0;
        this._addSun();
        this._addGround();
        this.stale = true;
        this.held = false;
        new ResizeObserver(() => this._resize()).observe(canvas.parentElement);
    }

    // Draw at the next chance.
    touch() {
        this.stale = true;
    }

    // Let the graphics card prepare itself for what stands here; until then the old picture stays.
    async prepare() {
        this.held = true;
        if (this.renderer.extensions.has("KHR_parallel_shader_compile")) {
            await this.renderer.compileAsync(this.scene, this.camera);
        }
        this.held = false;
        this.touch();
    }

    // Called once a screen refresh.
    draw() {
        if (this.stale && !this.held) {
            this.stale = false;
            this.renderer.render(this.scene, this.camera);
        }
    }

    // Light by a sky, or by the studio when there is none.
    light(sky, asBackdrop) {
        const from = sky ?? this.studio;
        from.blurred ??= this.pmrem.fromEquirectangular(from.reflected);
        this.scene.environment = from.blurred.texture;
        this.lit = from;
        const shown = sky !== null && asBackdrop;
        this.dome.visible = shown;
        this.dome.material.uniforms.panorama.value = shown ? sky.texture : null;
        this.grid.visible = !shown;
        this._shine(from.sun);
        this.expose(this.stops);
    }

    // Stops above or below what the light's own level suggests.
    expose(stops) {
        this.stops = stops;
        this.renderer.toneMappingExposure = this.lit.exposure * 2 ** stops;
        this.touch();
    }

    // Look at a box from a side, filling the picture.
    view(name, box) {
        this.look(new THREE.Vector3(...VIEWS[name]), box);
    }

    // Look at a box from where the camera is.
    frame(box) {
        this.look(this.camera.position.clone().sub(this.controls.target), box);
    }

    look(direction, box) {
        const size = box.getSize(new THREE.Vector3());
        const across = this.camera.aspect * Math.tan(THREE.MathUtils.degToRad(FIELD_DEG / 2));
        const free = 1 - this.covered() / Math.max(this.canvas.parentElement.clientHeight, 1);
        const upright = Math.tan(THREE.MathUtils.degToRad(FIELD_DEG / 2)) * Math.max(free, 0.3);
        const wide = Math.hypot(size.x, size.z) / 2;
        const distance = Math.max(size.y / 2 / upright, (wide * 0.86) / across) * 1.14 + wide / 2;
        box.getCenter(this.controls.target);
        this.camera.position
            .copy(direction.normalize())
            .multiplyScalar(Math.max(distance, 0.1))
            .add(this.controls.target);
        this.controls.update();
        this._aim(this.controls.target);
        this.touch();
    }

    // Let the shadow be as sharp as what stands in a box, and all that it does around, allow.
    cover(box) {
        const size = box.getSize(new THREE.Vector3());
        this.reach = THREE.MathUtils.clamp(1.35 * Math.max(size.x, size.y, size.z), 0.05, 60);
        const [low, high, far] = [-this.reach, this.reach, 8 * this.reach];
        const camera = this.sun.shadow.camera;
        Object.assign(camera, { left: low, right: high, top: high, bottom: low, near: 0.01, far });
        camera.updateProjectionMatrix();
        this.sun.shadow.normalBias = 0.005 * this.reach;
        this.middle = size.y / 2;
        this._aim(this.controls.target);
    }

    // Go along with what moves, so that it stays in the picture.
    travel(step) {
        this.camera.position.add(step);
        this.controls.target.add(step);
        this.controls.update();
        this._aim(this.controls.target);
    }

    _addSun() {
        this.sun = new THREE.DirectionalLight(0xffffff, 0);
        this.sun.castShadow = true;
        this.sun.shadow.mapSize.set(2048, 2048);
        this.sun.shadow.bias = -0.0004;
        this.sun.shadow.radius = 2;
        this.scene.add(this.sun, this.sun.target);
        this.cover(new THREE.Box3(new THREE.Vector3(-1, 0, -1), new THREE.Vector3(1, 1.8, 1)));
    }

    _addGround() {
        this.shade = new THREE.Mesh(
            new THREE.PlaneGeometry(60, 60).rotateX(-Math.PI / 2),
            new THREE.ShadowMaterial({ opacity: 0.42 }),
        );
        this.shade.receiveShadow = true;
        this.grid = gridOf(6);
        this.scene.add(this.shade, this.grid);
    }

    _shine(sun) {
        this.sun.visible = sun !== null;
        if (sun !== null) {
            this.sun.color.copy(sun.color);
            this.sun.intensity = sun.irradiance;
            this.towards = sun.direction;
            this._aim(this.controls.target);
        }
    }

    _aim(target) {
        if (this.towards) {
            this.sun.target.position.set(target.x, this.middle, target.z);
            this.sun.position.copy(this.towards).multiplyScalar(4 * this.reach).add(this.sun.target.position);
        }
    }

    _resize() {
        const { clientWidth, clientHeight } = this.canvas.parentElement;
        this.renderer.setPixelRatio(Math.min(window.devicePixelRatio, 2));
        this.renderer.setSize(clientWidth, clientHeight, false);
        this.recentre();
        // At once: an emptied canvas would flash.
        this.draw();
    }

    // Put what is looked at into the middle of what nothing lies over.
    recentre() {
        const { clientWidth: wide, clientHeight: high } = this.canvas.parentElement;
        this.camera.aspect = wide / Math.max(high, 1);
        this.camera.setViewOffset(wide, high, 0, this.covered() / 2, wide, high);
        this.touch();
    }
}

// Lines a metre apart, which fade into the ground with the distance from the middle.
function gridOf(reach) {
    const [places, colors, tint] = [[], [], new THREE.Color()];
    const add = (x, z) => {
        places.push(x, -0.0015, z);
        const share = Math.max(1 - Math.hypot(x, z) / reach, 0);
        tint.setHex(GREY).lerp(new THREE.Color(x === 0 || z === 0 ? 0x666e78 : 0x4a5159), share);
        colors.push(tint.r, tint.g, tint.b);
    };
    for (let line = -reach; line <= reach; line += 1) {
        for (let from = -reach; from < reach; from += 1) {
            add(line, from);
            add(line, from + 1);
            add(from, line);
            add(from + 1, line);
        }
    }
    const shape = new THREE.BufferGeometry();
    shape.setAttribute("position", new THREE.Float32BufferAttribute(places, 3));
    shape.setAttribute("color", new THREE.Float32BufferAttribute(colors, 3));
    const material = new THREE.LineBasicMaterial({ vertexColors: true, toneMapped: false });
    return new THREE.LineSegments(shape, material);
}
