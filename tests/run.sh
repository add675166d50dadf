#!/usr/bin/env bash
# Installs what the tests need into the project (.venv, .tools) and runs every check.
# Arguments go to pytest: `bash tests/run.sh tests/scenes -x`.
set -euo pipefail
cd "$(dirname "$0")/.."

have() { command -v "$1" >/dev/null || { echo "run.sh: $1 is missing: $2" >&2; exit 1; }; }
have node "install Node 18 or newer (the Khronos glTF validator runs on it)"
have npm "install npm"
takes=/usr/share/assimp/models/BVH/01_01.bvh
debian=()
[ -f "$takes" ] || debian+=(assimp-testmodels)
# The browser that the viewer's tests drive; its own package brings what it links against.
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || debian+=(chromium)
# The engine without a screen that imports our GLBs.
command -v godot3-server >/dev/null || debian+=(godot3-server)
if [ "${#debian[@]}" -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${debian[@]}" >/dev/null
fi
[ -f "$takes" ] || { echo "run.sh: $takes is missing: apt-get install assimp-testmodels" >&2; exit 1; }
command -v chromium-browser >/dev/null || have chromium "apt-get install chromium"
have godot3-server "apt-get install godot3-server"

python="${PYTHON:-python3}"
# Each environment keeps what it was filled from: as long as that is the same there is nothing to ask
# pip for. To fill one again, delete its folder.
asked="$PWD $(cat pyproject.toml tests/run.sh | sha256sum)"
filled() { [ -x "$1/bin/python" ] && [ "$(cat "$1/filled" 2>/dev/null)" = "$asked" ]; }
fill() { # ENVIRONMENT REQUIREMENTS…
    [ -x "$1/bin/python" ] || "$python" -m venv "$1"
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check "${@:2}"
}
site() { "$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'; }

filled .venv || {
    fill .venv --editable ".[test]"
    # Its captured takes only: what it pins for its own programs clashes with ours.
    fill .venv --no-deps "holosoma-retargeting==0.1.0"
    echo "$asked" >.venv/filled
}
# Blender pins its own NumPy, so it has environments of its own.
filled .tools/blender || {
    fill .tools/blender "bpy>=5.0,<5.1"
    echo "$asked" >.tools/blender/filled
}
# The add-on is also tried in the line with long-term support (1 GB more).
filled .tools/blender45 || {
    fill .tools/blender45 "bpy>=4.5,<4.6"
    echo "$asked" >.tools/blender45/filled
}
# So has nerfstudio, which wants NumPy 1, protobuf 3.20 and timm 0.6. What its pins leave alone it
# borrows from .venv: a second PyTorch would fill another 6 GB of the disk.
filled .tools/nerfstudio || {
    [ -x .tools/nerfstudio/bin/python ] || "$python" -m venv .tools/nerfstudio
    site .venv >"$(site .tools/nerfstudio)/borrowed.pth"
    fill .tools/nerfstudio --editable ".[nerfstudio]"
    echo "$asked" >.tools/nerfstudio/filled
}

# The version of three.js that the viewer ships, to compare with.
three="three@$(node -p 'require("./gen3d/viewer/page/three/record.json").version')"
{ [ -d .tools/node_modules/gltf-validator ] &&
    [ "three@$(node -p 'require("./.tools/node_modules/three/package.json").version' 2>/dev/null)" = "$three" ]; } ||
    npm install --prefix .tools --no-audit --no-fund --loglevel=error gltf-validator "$three"

# What the web export compresses with; what shows VRM files in browsers, and the types that its
# authors declare, made a schema.
tools=(@gltf-transform/cli ktx2-encoder @pixiv/three-vrm ts-json-schema-generator)
for tool in "${tools[@]}"; do
    [ -d ".tools/node_modules/$tool" ] || wanting=1
done
[ -z "${wanting:-}" ] ||
    npm install --prefix .tools --no-audit --no-fund --loglevel=error "$three" "${tools[@]}"

.venv/bin/ruff check .
.venv/bin/ruff format --check .
# It has one thread: it takes what the tests leave of the cores, and speaks after them.
types="$(mktemp)"
trap 'kill "${checker:-}" 2>/dev/null || true; rm -f "$types"' EXIT
nice -n 10 .venv/bin/pyright --pythonpath .venv/bin/python >"$types" 2>&1 &
checker=$!
# Every worker and every command that a test starts would compile all sources again.
unset PYTHONDONTWRITEBYTECODE
# Tests of one file stay together until a worker has nothing left, since many share what they build.
outcome=0
OMP_NUM_THREADS=1 .venv/bin/python -m pytest \
    --numprocesses logical --maxprocesses 4 --dist worksteal --durations 15 "$@" || outcome=$?
wait "$checker" || outcome=$?
cat "$types"
exit "$outcome"
