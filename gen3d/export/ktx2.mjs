// SPDX-License-Identifier: Apache-2.0
// A GLB's copy with KTX2 pictures and meshopt: node ktx2.mjs FROM.glb TO.glb
// Colours and surfaces become ETC1S, small; normals, in which its blocks show, UASTC with Zstandard.

import { NodeIO } from "@gltf-transform/core";
import { ALL_EXTENSIONS, KHRTextureBasisu } from "@gltf-transform/extensions";
import { listTextureSlots, meshopt } from "@gltf-transform/functions";
import { encodeToKTX2 } from "ktx2-encoder";
import { MeshoptEncoder } from "meshoptimizer";
import sharp from "sharp";

async function imageDecoder(bytes) {
    const decoded = sharp(bytes).ensureAlpha().raw();
    const { data, info } = await decoded.toBuffer({ resolveWithObject: true });
    return { data: new Uint8Array(data), width: info.width, height: info.height };
}

function optionsFor(slots) {
    const colour = slots.some((slot) => /color|emissive/i.test(slot));
    const shared = {
        imageDecoder,
        generateMipmap: true,
        isPerceptual: colour,
        isSetKTX2SRGBTransferFunc: colour,
    };
    if (slots.includes("normalTexture")) {
        return { ...shared, isUASTC: true, isNormalMap: true, needSupercompression: true };
    }
    return { ...shared, isUASTC: false, qualityLevel: 200, compressionLevel: 1 };
}

const [source, target] = process.argv.slice(2);
await MeshoptEncoder.ready;
const io = new NodeIO()
    .registerExtensions(ALL_EXTENSIONS)
    .registerDependencies({ "meshopt.encoder": MeshoptEncoder });
const document = await io.read(source);
for (const texture of document.getRoot().listTextures()) {
    const options = optionsFor(listTextureSlots(texture));
    texture.setImage(await encodeToKTX2(texture.getImage(), options)).setMimeType("image/ktx2");
}
document.createExtension(KHRTextureBasisu).setRequired(true);
await document.transform(meshopt({ encoder: MeshoptEncoder, level: "medium" }));
await io.write(target, document);
