// SPDX-License-Identifier: Apache-2.0
// A panorama as light. A sun of a hundred thousand lux in a few pixels is too much for half floats and
// for blurred reflections, so what stands out of the panorama is taken off and given back as a
// directional light of the same irradiance, which also casts the shadow.
//
// Panoramas are 2:1, the top row is +Y, u = 0.5 + atan2(z, x) / 2 pi: ours and three's mapping alike.
import * as THREE from "three";
import { EXRLoader } from "three/addons/loaders/EXRLoader.js";
import { HDRLoader } from "three/addons/loaders/HDRLoader.js";

// How far above the geometric mean of the panorama a pixel stands out.
const OUTSTANDING = 60;
// Below this share of one direction the outstanding light is not one sun but many lamps.
const ONE_SUN = 0.9;
const HALF_MOST = 65000;
// Reflections are blurred anyhow: a panorama this wide is enough for them.
const SMALL = 1024;
// What a white surface in the mean light becomes before the film curve.
const WHITE = 0.8;

// Reads sky.hdr or sky.exr.
export function readSky(buffer, path) {
    const exr = path.toLowerCase().endsWith(".exr");
    const loader = (exr ? new EXRLoader() : new HDRLoader()).setDataType(THREE.FloatType);
    const { data, width, height } = loader.parse(buffer);
    if (!data || data.length !== width * height * 4) {
        throw new Error("it has no red, green and blue");
    }
    // The EXR loader hands rows from the bottom up, as textures want them; the other from the top.
    return skyOf(exr ? data : upsideDown(data, width, height), width, height);
}

// A panorama of floats (four a pixel, the bottom row first) as light: its texture for the eye, a small
// one for reflections, the sun, and the exposure that suits what stands in it.
export function skyOf(data, width, height) {
    const light = measure(data, width, height);
    calm(data, light.sun ? OUTSTANDING * light.mean : Infinity, light.mean);
    const small = Math.min(SMALL, width);
    return {
        texture: textureOf(data, width, height),
        reflected: textureOf(reduced(data, width, height, small, small >> 1), small, small >> 1),
        sun: light.sun,
        exposure: (WHITE * Math.PI * light.mean) / light.around,
    };
}

// Cap what stands out, and let the geometric mean be 1.
function calm(data, most, mean) {
    for (let i = 0; i < data.length; i += 4) {
        const strength = luminance(data, i);
        const scale = (strength > most ? most / strength : 1) / mean;
        for (let k = 0; k < 3; k += 1) {
            data[i + k] = Math.min(Math.max(data[i + k] * scale, 0), HALF_MOST) || 0;
        }
        data[i + 3] = 1;
    }
}

function reduced(data, width, height, across, down) {
    const [sums, counts] = [new Float32Array(across * down * 4), new Uint32Array(across * down)];
    for (let row = 0; row < height; row += 1) {
        const first = Math.floor((row * down) / height) * across;
        for (let column = 0; column < width; column += 1) {
            const to = first + Math.floor((column * across) / width);
            const from = (row * width + column) * 4;
            counts[to] += 1;
            for (let k = 0; k < 4; k += 1) {
                sums[to * 4 + k] += data[from + k];
            }
        }
    }
    return sums.map((sum, i) => sum / counts[i >> 2]);
}

function textureOf(data, width, height) {
    const halves = new Uint16Array(data.length);
    for (let i = 0; i < data.length; i += 1) {
        halves[i] = THREE.DataUtils.toHalfFloat(data[i]);
    }
    const texture = new THREE.DataTexture(halves, width, height, THREE.RGBAFormat, THREE.HalfFloatType);
    texture.mapping = THREE.EquirectangularReflectionMapping;
    texture.colorSpace = THREE.LinearSRGBColorSpace;
    texture.minFilter = texture.magFilter = THREE.LinearFilter;
    texture.wrapS = THREE.RepeatWrapping;
    texture.needsUpdate = true;
    return texture;
}

// Geometric mean, mean irradiance of a small sphere, and the sun, if there is one.
function measure(data, width, height) {
    const mean = geometricMean(data, width, height);
    const most = OUTSTANDING * mean;
    const pull = new THREE.Vector3();
    const excess = [0, 0, 0];
    let [around, strong] = [0, 0];
    forEachPixel(width, height, (i, row, column, angle) => {
        const strength = luminance(data, i);
        around += (strength * angle) / 4;
        if (strength > most) {
            const share = (1 - most / strength) * angle;
            const there = directionOf((column + 0.5) / width, 1 - (row + 0.5) / height);
            pull.addScaledVector(there, strength * share);
            strong += strength * share;
            excess.forEach((_, k) => (excess[k] += data[i + k] * share));
        }
    });
    if (strong === 0 || pull.length() < ONE_SUN * strong) {
        return { mean, around, sun: null };
    }
    const peak = Math.max(...excess);
    const color = new THREE.Color().fromArray(excess.map((value) => value / peak));
    return { mean, around, sun: { direction: pull.normalize(), color, irradiance: peak / mean } };
}

function geometricMean(data, width, height) {
    let [sum, whole] = [0, 0];
    forEachPixel(width, height, (i, row, column, angle) => {
        sum += Math.log(Math.max(luminance(data, i), 1e-9)) * angle;
        whole += angle;
    });
    return Math.exp(sum / whole);
}

// Calls with the index of the first value, row from the bottom, column, and solid angle.
function forEachPixel(width, height, call) {
    for (let row = 0; row < height; row += 1) {
        const edges = Math.cos((Math.PI * row) / height) - Math.cos((Math.PI * (row + 1)) / height);
        const angle = (edges * 2 * Math.PI) / width;
        for (let column = 0; column < width; column += 1) {
            call((row * width + column) * 4, row, column, angle);
        }
    }
}

function luminance(data, i) {
    return 0.2126729 * data[i] + 0.7151522 * data[i + 1] + 0.072175 * data[i + 2];
}

// v from the top.
function directionOf(u, v) {
    const [phi, theta] = [2 * Math.PI * (u - 0.5), Math.PI * v];
    const sine = Math.sin(theta);
    return new THREE.Vector3(sine * Math.cos(phi), Math.cos(theta), sine * Math.sin(phi));
}

function upsideDown(data, width, height) {
    const turned = new Float32Array(data.length);
    for (let row = 0; row < height; row += 1) {
        turned.set(data.subarray(row * width * 4, (row + 1) * width * 4), (height - 1 - row) * width * 4);
    }
    return turned;
}

// Where there is no sky: a soft dome, brighter above and in front, and a key from the upper left.
export function studioLight() {
    const [width, height] = [64, 32];
    const data = new Float32Array(width * height * 4);
    forEachPixel(width, height, (i, row, column) => {
        const there = directionOf((column + 0.5) / width, 1 - (row + 0.5) / height);
        const level = 0.24 + 0.5 * Math.max(there.y, 0) + 0.14 * Math.max(there.z, 0);
        data.set([level, level, level * 1.03, 1], i);
    });
    const dome = skyOf(data, width, height);
    const direction = new THREE.Vector3(-0.55, 0.75, 0.65).normalize();
    const sun = { direction, color: new THREE.Color(1, 0.98, 0.95), irradiance: 4 };
    return { ...dome, sun, exposure: 0.62 };
}

// The panorama as the eye sees it, far around the camera. (As a cube, which three would make of it, it
// would take three times the memory for the same sharpness.)
export function domeOf() {
    const material = new THREE.ShaderMaterial({
        uniforms: { panorama: { value: null } },
        vertexShader: `
            varying vec3 along;
            void main() {
                along = position;
                gl_Position = projectionMatrix * vec4(mat3(viewMatrix) * position, 1.0);
                gl_Position.z = gl_Position.w;
            }`,
        fragmentShader: `
            uniform sampler2D panorama;
            varying vec3 along;
            void main() {
                vec3 d = normalize(along);
                vec2 uv = vec2(atan(d.z, d.x) / 6.283185307 + 0.5, asin(clamp(d.y, -1.0, 1.0)) / 3.141592654 + 0.5);
                gl_FragColor = vec4(texture2D(panorama, uv).rgb, 1.0);
                #include <tonemapping_fragment>
                #include <colorspace_fragment>
            }`,
        side: THREE.BackSide,
        depthWrite: false,
    });
    const dome = new THREE.Mesh(new THREE.IcosahedronGeometry(10, 3), material);
    dome.frustumCulled = false;
    dome.renderOrder = -1;
    return dome;
}
