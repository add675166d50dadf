// SPDX-License-Identifier: Apache-2.0
// The page: asks the server for runs, puts what is chosen on the stage, and wires up the controls.
import * as THREE from "three";

import { wire } from "./controls.js";
import { readFigure } from "./figure.js";
import { addressOf, busy, find, make, showFacts, showShapes, showState, tell } from "./panel.js";
import { probesOf } from "./probes.js";
import { readSky } from "./sky.js";
import { Stage } from "./stage.js";
import { subjectsOf } from "./subjects.js";

const POLL_MS = 2000;
const NONE = "–";
const EYE = new THREE.Box3(new THREE.Vector3(-1.3, 0, -0.4), new THREE.Vector3(1.3, 1.9, 0.4));
const page = document.documentElement;

const state = {
    runs: [],
    run: null,
    subjects: null,
    subject: null,
    shown: null,
    sky: null,
    skyKey: "",
    bySky: true,
    skeleton: false,
    playing: false,
    speed: 1,
    // Whether the user has said what to show; until then it is the first that there is.
    chosen: false,
    // What is being loaded.
    coming: "",
    // Raised by each load, so that one that was overtaken puts nothing on the stage.
    turn: 0,
};
let stage;

async function start() {
    try {
        const transport = find("#transport");
        stage = new Stage(find("#view"), () => (transport.hidden ? 0 : transport.offsetHeight + 10));
    } catch {
        fail("This browser cannot draw in 3D.", "Switch hardware acceleration on, or open the address in another browser: WebGL 2 is needed.");
        return;
    }
    wire({ stage, state, box, play, showTime, applyLooks, applyLight, open, followed, chooseNamed });
    await refresh();
    setTimeout(poll, POLL_MS);
    let last = performance.now();
    const tick = (now) => {
        step(Math.min((now - last) / 1000, 0.25));
        last = now;
        stage.draw();
        requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
}

// Runs that are still being made change, and so may the folder.
async function poll() {
    if (!document.hidden && (!state.run || state.run.progress.state === "working")) {
        await refresh();
    }
    setTimeout(poll, POLL_MS);
}

async function refresh() {
    let runs;
    try {
        runs = await (await fetched("/api/runs")).json();
    } catch (error) {
        // What is on the stage stays there when the server has gone.
        if (!state.run) {
            fail("The runs cannot be listed.", `${error.message} Start gen3d view again.`);
        }
        return;
    }
    const run = runs.find((one) => one.name === state.run?.name) ?? runs[0];
    state.runs = runs;
    listRuns(run);
    await open(run);
}

function listRuns(chosen) {
    find("#shelf").hidden = state.runs.length < 2;
    const named = state.runs.map(({ name, prompt }) => [name, prompt ? `${name}: ${prompt}` : name]);
    renew(find("#runs"), named, ([value, text]) => Object.assign(make("option", { text }), { value }));
    find("#runs").value = chosen.name;
}

// Fill a list, unless it says so already: a list that is open, or has the focus, would lose it.
function renew(list, values, element) {
    const key = JSON.stringify(values);
    if (list.dataset.key !== key) {
        list.dataset.key = key;
        list.replaceChildren(...values.map(element));
    }
}

// Take a run, keeping what is shown when it is still the same file.
async function open(run) {
    const same = state.run?.name === run.name;
    state.run = run;
    state.subjects = subjectsOf(run);
    showState(run);
    state.chosen &&= same;
    showFacts(run, same ? state.shown?.figure?.extras : {});
    const all = [...state.subjects.named, ...state.subjects.others];
    const wanted = all.find((one) => state.chosen && one.name === state.subject?.name) ?? all[0];
    listSubjects(wanted);
    if (!wanted) {
        clear();
        const working = run.progress.state === "working";
        tell(
            working ? "There is nothing to see yet." : "This run has nothing to show.",
            working ? "What it makes appears here by itself." : "It holds no model and no sky. This makes them:",
            working ? "" : `gen3d resume ${run.folder}`,
        );
        settle(working ? "waiting" : "empty");
        return;
    }
    if (![state.coming, state.shown?.key].includes(keyOf(wanted))) {
        await choose(wanted, same && wanted.name === state.subject?.name);
    }
}

function keyOf(subject) {
    return JSON.stringify([state.run.name, subject.name, state.subjects.changed(subject.path), state.subjects.changed(state.subjects.sky)]);
}

function listSubjects(chosen) {
    const { named, others } = state.subjects;
    renew(find("#subjects"), named.map((subject) => subject.name), (name) => {
        const tab = Object.assign(make("button", { text: name }), { type: "button" });
        tab.setAttribute("role", "tab");
        tab.addEventListener("click", () => chooseNamed(name));
        return tab;
    });
    for (const tab of find("#subjects").children) {
        tab.setAttribute("aria-selected", String(tab.textContent === chosen?.name));
    }
    find("#more").hidden = others.length === 0;
    const names = [...(named.length > 0 ? [NONE] : []), ...others.map((other) => other.name)];
    renew(find("#files"), names, (text) => make("option", { text }));
    find("#files").value = chosen?.other ? chosen.name : NONE;
}

// Load a subject and put it on the stage.
async function choose(subject, keepView) {
    const turn = (state.turn += 1);
    const key = keyOf(subject);
    state.coming = key;
    state.subject = subject;
    listSubjects(subject);
    page.dataset.state = "loading";
    tell();
    try {
        await loadSky(turn);
        const figure = subject.sky ? null : await readFigure(await load(subject.path, turn));
        if (turn === state.turn) {
            put(subject, figure, key, keepView);
            busy("Preparing the picture");
            await stage.prepare();
            state.coming = "";
            settle("ready");
        } else {
            figure?.dispose();
        }
    } catch (error) {
        if (turn === state.turn) {
            clear();
            state.coming = "";
            state.shown = { key };
            fail(`${subject.path} cannot be shown: ${error.message}.`, subject.sky ? "" : "This says what is wrong with the file:", subject.sky ? "" : `gen3d check ${state.run.folder}/${subject.path}`);
        }
    }
}

function put(subject, figure, key, keepView) {
    const before = state.shown?.figure;
    const time = keepView && before ? before.time : 0;
    clear();
    state.shown = { key, figure, things: figure ? [figure.root, figure.bones.overlay].filter(Boolean) : probesOf() };
    stage.scene.add(...state.shown.things);
    if (figure) {
        find("#surface").checked = !subject.bare;
        // A motion without a surface is its skeleton, whatever was chosen for figures.
        find("#skeleton").checked = state.skeleton || Boolean(subject.bare);
        showFacts(state.run, figure.extras);
        figure.seek(time);
        state.place = figure.place();
    }
    showShapes(figure?.shapes ?? [], (name, weight) => {
        figure.shape(name, weight);
        stage.touch();
    });
    showTransport(figure);
    find("#looks").hidden = !figure;
    find("#skeleton").parentElement.hidden = !figure?.bones.overlay;
    find("#follow").parentElement.hidden = !figure?.clip;
    applyLooks();
    applyLight();
    stage.cover(box());
    if (!keepView) {
        stage.view("front", box());
    }
}

function clear() {
    const { figure, things } = state.shown ?? {};
    stage.scene.remove(...(things ?? []));
    figure?.dispose();
    state.shown = null;
    showShapes([], () => {});
    showTransport(null);
    stage.touch();
}

async function loadSky(turn) {
    const path = state.subjects.sky;
    const key = path ? JSON.stringify([state.run.name, path, state.subjects.changed(path)]) : "";
    if (key !== state.skyKey) {
        const buffer = path ? await load(path, turn) : null;
        busy(path ? `Reading ${path}` : "");
        // The browser draws the words first: reading a large sky takes it a second.
        await new Promise((done) => setTimeout(done, 30));
        const sky = path ? readSky(buffer, path) : null;
        if (turn === state.turn) {
            [state.sky?.texture, state.sky?.reflected, state.sky?.blurred].forEach((one) => one?.dispose());
            [state.sky, state.skyKey] = [sky, key];
        }
    }
}

async function fetched(address) {
    const answer = await fetch(address);
    if (!answer.ok) {
        throw new Error(`the server says “${answer.status} ${answer.statusText}”`);
    }
    return answer;
}

// The bytes of a file of the run, with a bar while they come.
async function load(path, turn) {
    const answer = await fetched(addressOf(state.run, path));
    const whole = Number(answer.headers.get("Content-Length"));
    const bytes = new Uint8Array(whole);
    const reader = answer.body.getReader();
    let there = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
        if (there + part.value.length > whole) {
            throw new Error("it changed while it was read");
        }
        bytes.set(part.value, there);
        there += part.value.length;
        if (turn === state.turn) {
            busy(`Loading ${path}`, there / whole);
        }
    }
    if (there !== whole) {
        throw new Error("it ended before its time");
    }
    return bytes.buffer;
}

function settle(name) {
    busy();
    page.dataset.state = name;
}

function fail(title, advice, command = "") {
    settle("failed");
    tell(title, advice, command);
}

// Time goes on for whatever moves.
function step(seconds) {
    const figure = state.shown?.figure;
    if (figure && state.playing) {
        figure.advance(seconds * state.speed);
        followed();
        showTime();
        stage.touch();
    }
}

function followed() {
    const place = state.shown.figure.place();
    if (find("#follow").checked) {
        stage.travel(place.clone().sub(state.place));
    }
    state.place = place;
}

function box() {
    return state.shown?.figure ? state.shown.figure.box() : EYE;
}

function showTransport(figure) {
    find("#transport").hidden = !figure?.clip;
    stage.recentre();
    find("#takes").hidden = (figure?.clips.length ?? 0) < 2;
    find("#clips").replaceChildren(...(figure?.clips ?? []).map((clip, i) => Object.assign(make("option", { text: clip.name || `clip ${i + 1}` }), { value: i })));
    play(Boolean(figure?.clip) && state.playing);
    showTime();
}

function showTime() {
    const figure = state.shown?.figure;
    const [time, whole] = [figure?.time ?? 0, figure?.seconds ?? 0];
    find("#scrub").max = whole || 1;
    find("#scrub").value = time;
    find("#scrub").setAttribute("aria-valuetext", `${time.toFixed(2)} seconds`);
    find("#clock").value = `${time.toFixed(2)} / ${whole.toFixed(2)} s`;
}

function play(yes) {
    state.playing = yes;
    find("#play").setAttribute("aria-pressed", String(yes));
    find("#play").setAttribute("aria-label", yes ? "Pause" : "Play");
}

function applyLooks() {
    const figure = state.shown?.figure;
    if (figure) {
        figure.showSurface(find("#surface").checked);
        figure.showNormals(find("#normals").checked);
        figure.showWireframe(find("#wireframe").checked);
        figure.bones.show(find("#skeleton").checked);
    }
    stage.touch();
}

function applyLight() {
    const bySky = state.sky !== null && (state.bySky || Boolean(state.subject?.sky));
    find("#source").disabled = state.sky === null || Boolean(state.subject?.sky);
    find("#source").value = bySky ? "sky" : "studio";
    find("#backdrop").disabled = !bySky;
    stage.light(bySky ? state.sky : null, find("#backdrop").checked);
}

// What the user asks for, by its name.
function chooseNamed(name) {
    const { named, others } = state.subjects;
    state.chosen = true;
    return choose([...named, ...others].find((one) => one.name === name) ?? named[0], false);
}

start();
