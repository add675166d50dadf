# SPDX-License-Identifier: Apache-2.0
"""What ``@pixiv/three-vrm`` finds in a VRM file, in a browser that loads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.consumers.pages import visit

_PAGE = """<!doctype html><body style="margin:0"><script type="importmap">{"imports": {
"three": "/three/build/three.module.js",
"three/addons/": "/three/examples/jsm/",
"@pixiv/three-vrm": "/@pixiv/three-vrm/lib/three-vrm.module.js"}}</script>
<script type="module">
import * as THREE from "three";
import {GLTFLoader} from "three/addons/loaders/GLTFLoader.js";
import {VRMLoaderPlugin} from "@pixiv/three-vrm";

const place = (vrm, bone) =>
  vrm.humanoid.getRawBoneNode(bone).getWorldPosition(new THREE.Vector3()).toArray();

function told(vrm) {
  const faces = [];
  vrm.scene.traverse((thing) => { if (thing.morphTargetDictionary) faces.push(thing); });
  const moved = (name) => {
    vrm.expressionManager.setValue(name, 1);
    vrm.update(0.1);
    const found = new Set();
    for (const face of faces)
      for (const [shape, index] of Object.entries(face.morphTargetDictionary))
        if (face.morphTargetInfluences[index] > 0) found.add(shape);
    vrm.expressionManager.setValue(name, 0);
    vrm.update(0.1);
    return [...found].sort();
  };
  const rest = {hand: place(vrm, "leftHand"), head: place(vrm, "head")};
  const arm = vrm.humanoid.getNormalizedBoneNode("leftUpperArm");
  arm.rotation.z = -1.2;
  vrm.update(0.1);
  const lowered = place(vrm, "leftHand");
  arm.rotation.z = 0;
  vrm.update(0.1);
  const box = new THREE.Box3().setFromObject(vrm.scene, true);
  return {
    meta: vrm.meta,
    bones: Object.keys(vrm.humanoid.humanBones),
    expressions: vrm.expressionManager.expressions.map((e) => e.expressionName),
    blink: moved("blink"), happy: moved("happy"),
    gaze: vrm.lookAt ? vrm.lookAt.applier.constructor.type : null,
    first_person: vrm.firstPerson.meshAnnotations.map((a) => a.type),
    rest, lowered, high: box.max.y, swung: swung(vrm),
  };
}

// Turns the figure by a quarter in a third of a second, lets it rest, and says how far the tips of
// its chains were from their places in it, and how much a bone was longer or shorter than at rest.
function swung(vrm) {
  const joints = [...(vrm.springBoneManager?.joints ?? [])].filter((joint) => joint.child);
  const inverse = new THREE.Matrix4(), turned = {still: 0, most: 0, after: 0, stretched: 0};
  const places = () => {
    vrm.scene.updateMatrixWorld(true);
    inverse.copy(vrm.scene.matrixWorld).invert();
    return joints.map(({bone, child}) => [bone, child].map((thing) =>
      thing.getWorldPosition(new THREE.Vector3()).applyMatrix4(inverse)));
  };
  vrm.springBoneManager?.reset();
  const rest = places();
  const step = (key) => {
    vrm.update(1 / 60);
    places().forEach(([start, end], at) => {
      const long = rest[at][0].distanceTo(rest[at][1]);
      turned[key] = Math.max(turned[key], end.distanceTo(rest[at][1]));
      turned.stretched = Math.max(turned.stretched, Math.abs(start.distanceTo(end) / long - 1));
    });
  };
  for (let frame = 0; frame < 180; frame += 1) step("still");
  for (let frame = 0; frame < 20; frame += 1) {
    vrm.scene.rotation.y += Math.PI / 40;
    step("most");
  }
  for (let frame = 0; frame < 300; frame += 1) vrm.update(1 / 60);
  step("after");
  vrm.scene.rotation.y = 0;
  vrm.springBoneManager?.reset();
  vrm.update(0);
  const tips = joints.filter(({child}) => !joints.some((other) => other.bone === child));
  return {...turned, chains: tips.length};
}

function draw(vrm) {
  const renderer = new THREE.WebGLRenderer({antialias: true});
  renderer.setSize(480, 600);
  document.body.append(renderer.domElement);
  const scene = new THREE.Scene();
  scene.background = new THREE.Color(0x8090a0);
  scene.add(vrm.scene, new THREE.HemisphereLight(0xffffff, 0x806040, 2));
  const sun = new THREE.DirectionalLight(0xffffff, 3);
  sun.position.set(1, 2, 3);
  scene.add(sun);
  const camera = new THREE.PerspectiveCamera(30, 0.8, 0.1, 20);
  camera.position.set(0.8, 1.4, 4.2);
  camera.lookAt(0, 0.95, 0);
  renderer.render(scene, camera);
}

const loader = new GLTFLoader();
loader.register((parser) => new VRMLoaderPlugin(parser));
loader.load("/figure.vrm", (gltf) => {
  const vrm = gltf.userData.vrm;
  window.told = told(vrm);
  draw(vrm);
  window.done = true;
}, undefined, (error) => { window.told = {error: String(error)}; window.done = true; });
</script>"""


def look(browser: Browser, path: Path, picture: Path | None = None) -> dict[str, Any]:
    """Load a file; what it says about itself, and every complaint of the page."""
    return visit(browser, _PAGE, {"figure.vrm": path}, picture)
