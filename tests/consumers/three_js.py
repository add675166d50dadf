# SPDX-License-Identifier: Apache-2.0
"""What three.js finds in a GLB, in a browser that loads, poses and draws it.

It is the three.js that the viewer ships; only what unpacks KTX2 comes from ``.tools``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

import gen3d.viewer
from tests.consumers.pages import visit

OURS = Path(gen3d.viewer.__file__).parent / "page" / "three"
_PAGE = """<!doctype html><body style="margin:0"><script type="importmap">{"imports": {
"three": "/ours/build/three.module.js",
"three/addons/": "/ours/examples/jsm/"}}</script>
<script type="module">
import * as THREE from "three";
import {GLTFLoader} from "three/addons/loaders/GLTFLoader.js";
import {MeshoptDecoder} from "three/addons/libs/meshopt_decoder.module.js";
import {KTX2Loader} from "/three/examples/jsm/loaders/KTX2Loader.js";

function bounds(root) {
  root.updateWorldMatrix(true, true);
  const box = new THREE.Box3().setFromObject(root, true);
  return {low: box.min.toArray(), high: box.max.toArray()};
}

// How far each face shape moves what it moves furthest, as drawn.
function moved(mesh) {
  const count = mesh.geometry.attributes.position.count, at = new THREE.Vector3();
  const places = () => Array.from({length: count},
    (_, vertex) => mesh.getVertexPosition(vertex, at).clone());
  const rest = places(), most = {};
  for (const [shape, index] of Object.entries(mesh.morphTargetDictionary ?? {})) {
    mesh.morphTargetInfluences[index] = 1;
    most[shape] = Math.max(...places().map((place, vertex) => place.distanceTo(rest[vertex])));
    mesh.morphTargetInfluences[index] = 0;
  }
  return most;
}

function meshTold(mesh) {
  const {map} = mesh.material;
  return {
    name: mesh.name, skinned: Boolean(mesh.isSkinnedMesh), shapes: moved(mesh),
    bones: mesh.skeleton?.bones.map((bone) => bone.name) ?? [],
    triangles: mesh.geometry.index.count / 3,
    texture_px: map?.image.width ?? 0,
    texture: map?.isCompressedTexture ? "compressed" : "plain",
  };
}

function told({scene, animations}) {
  const meshes = [], posed = {}, seconds = {};
  scene.traverse((thing) => { if (thing.isMesh) meshes.push(meshTold(thing)); });
  const rest = bounds(scene);
  for (const clip of animations) {
    const mixer = new THREE.AnimationMixer(scene);
    seconds[clip.name] = clip.duration;
    mixer.clipAction(clip).play();
    mixer.setTime(clip.duration * 5 / 6);
    posed[clip.name] = bounds(scene);
    mixer.stopAllAction();
    mixer.uncacheRoot(scene);
  }
  return {meshes, seconds, rest, posed};
}

const renderer = new THREE.WebGLRenderer({antialias: true});
renderer.setSize(480, 600);
document.body.append(renderer.domElement);

function draw(root) {
  const scene = new THREE.Scene();
  scene.background = new THREE.Color(0x8090a0);
  scene.add(root, new THREE.HemisphereLight(0xffffff, 0x806040, 2));
  const sun = new THREE.DirectionalLight(0xffffff, 3);
  sun.position.set(1, 2, 3);
  scene.add(sun);
  const camera = new THREE.PerspectiveCamera(30, 0.8, 0.1, 20);
  camera.position.set(0.8, 1.4, 4.2);
  camera.lookAt(0, 0.95, 0);
  renderer.render(scene, camera);
}

const ktx2 = new KTX2Loader().setTranscoderPath("/three/examples/jsm/libs/basis/");
ktx2.detectSupport(renderer);
const loader = new GLTFLoader().setMeshoptDecoder(MeshoptDecoder).setKTX2Loader(ktx2);
loader.load("/figure.glb", (gltf) => {
  window.told = told(gltf);
  draw(gltf.scene);
  window.done = true;
}, undefined, (error) => { window.told = {error: String(error)}; window.done = true; });
</script>"""


def look(browser: Browser, path: Path, picture: Path | None = None) -> dict[str, Any]:
    """Load a file; its meshes, clips and places, and every complaint of the page."""
    return visit(browser, _PAGE, {"figure.glb": path, "ours": OURS}, picture)
