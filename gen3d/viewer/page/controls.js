// SPDX-License-Identifier: Apache-2.0
// What the user's hands do: buttons, sliders, keys.
import { find } from "./panel.js";

const VIEW_KEYS = { 1: "front", 3: "side", 7: "top", 9: "back" };
const LOOK_KEYS = { s: "#skeleton", w: "#wireframe", n: "#normals" };
// These take the space bar and letters for themselves.
const TAKING = "button, select, summary, a, input:not([type=range])";

// Tie the controls to what the page can do.
export function wire(does) {
    wireMotion(does);
    wireLooks(does);
    wireLight(does);
    wireChoice(does);
    for (const button of document.querySelectorAll("[data-view]")) {
        button.addEventListener("click", () => does.stage.view(button.dataset.view, does.box()));
    }
    find("#frame").addEventListener("click", () => does.stage.frame(does.box()));
    document.addEventListener("keydown", (event) => pressed(event, does));
    // A button that the mouse has pressed would keep the space bar; keys leave the focus where it is.
    document.addEventListener("click", (event) => {
        if (event.detail > 0 && event.target.closest("button, input[type=checkbox], summary")) {
            document.activeElement.blur();
        }
    });
}

function wireMotion({ stage, state, play, showTime, followed }) {
    find("#play").addEventListener("click", () => play(!state.playing));
    find("#scrub").addEventListener("input", (event) => {
        play(false);
        state.shown?.figure?.seek(event.target.valueAsNumber);
        followed();
        showTime();
        stage.touch();
    });
    find("#speed").addEventListener("input", (event) => {
        state.speed = event.target.valueAsNumber;
        find("#pace").value = `${Number(state.speed.toFixed(2))}×`;
    });
    find("#clips").addEventListener("change", (event) => {
        state.shown.figure.choose(Number(event.target.value));
        followed();
        showTime();
        stage.touch();
    });
}

function wireLooks({ stage, state, applyLooks }) {
    for (const name of ["#surface", "#skeleton", "#wireframe", "#normals"]) {
        find(name).addEventListener("change", applyLooks);
    }
    find("#skeleton").addEventListener("change", (event) => (state.skeleton = event.target.checked));
    find("#calm").addEventListener("click", () => {
        state.shown?.figure?.release();
        document.querySelectorAll("#shapes input").forEach((slider) => (slider.value = 0));
        stage.touch();
    });
}

function wireLight({ stage, state, applyLight }) {
    find("#source").addEventListener("change", (event) => {
        state.bySky = event.target.value === "sky";
        applyLight();
    });
    find("#backdrop").addEventListener("change", applyLight);
    find("#exposure").addEventListener("input", (event) => {
        const stops = event.target.valueAsNumber;
        find("#stops").value = `${stops > 0 ? "+" : ""}${stops.toFixed(1)} EV`;
        stage.expose(stops);
    });
}

function wireChoice({ state, open, chooseNamed }) {
    find("#runs").addEventListener("change", (event) => {
        const run = state.runs.find((one) => one.name === event.target.value);
        open(run);
    });
    find("#files").addEventListener("change", (event) => chooseNamed(event.target.value));
    // Left and right go through the tabs, as the pattern of tabs has it.
    find("#subjects").addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        const tabs = [...find("#subjects").children];
        const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
        if (step && next) {
            next.click();
            find('#subjects [aria-selected="true"]').focus();
        }
    });
}

function pressed(event, { stage, box }) {
    if (event.ctrlKey || event.metaKey || event.altKey) {
        return;
    }
    if (event.code === "Space" && !event.target.closest(TAKING)) {
        event.preventDefault();
        if (!find("#transport").hidden) {
            find("#play").click();
        }
    } else if (event.target.closest("select, input:not([type=range], [type=checkbox])")) {
        return;
    } else if (VIEW_KEYS[event.key]) {
        stage.view(VIEW_KEYS[event.key], box());
    } else if (event.key.toLowerCase() === "f") {
        stage.frame(box());
    } else if (find(LOOK_KEYS[event.key.toLowerCase()] ?? "#none")?.checkVisibility()) {
        find(LOOK_KEYS[event.key.toLowerCase()]).click();
    }
}
