// SPDX-License-Identifier: Apache-2.0
// The words of the page: how far a run is, what it was asked, its audit, its licences. Texts of files
// are put in as text only.

export const find = (selector) => document.querySelector(selector);

// Makes an element with text and children.
export function make(tag, { text = "", kind = "" } = {}, ...children) {
    const element = document.createElement(tag);
    element.textContent = text;
    element.className = kind;
    element.append(...children);
    return element;
}

// A sentence in the middle of the picture, with what to do and perhaps a command; none takes it away.
export function tell(title = "", advice = "", command = "") {
    const place = find("#message");
    place.hidden = !title;
    place.querySelector("h2").textContent = title;
    place.querySelector("p").textContent = advice;
    place.querySelector("code").textContent = command;
    place.querySelector("code").hidden = !command;
}

// What is being loaded, and how much of it is there (0 to 1, or null while unknown).
export function busy(text = "", share = null) {
    const place = find("#busy");
    place.hidden = !text;
    place.querySelector("span").textContent = text;
    const bar = place.querySelector("progress");
    if (share === null) {
        bar.removeAttribute("value");
    } else {
        bar.value = share;
    }
}

// A run that is not done says so above everything else.
export function showState(run) {
    const { progress } = run;
    const place = find("#state");
    place.hidden = progress.state === "done";
    if (place.hidden) {
        return;
    }
    const [title, text] = stateOf(run);
    place.querySelector("h2").textContent = title;
    place.querySelector("p").textContent = text;
    const bar = place.querySelector("progress");
    bar.hidden = progress.state !== "working" || !progress.total;
    bar.value = progress.total ? progress.step / progress.total : 0;
    const picture = place.querySelector("img");
    picture.hidden = !progress.preview || progress.state !== "working";
    if (!picture.hidden && !picture.src.endsWith(`#${progress.step}`)) {
        picture.src = `${addressOf(run, progress.preview)}#${progress.step}`;
    }
}

function stateOf(run) {
    const { state, name, index, of, step, total, eta_s: left, message, hint } = run.progress;
    const stage = name ? `stage ${index} of ${of}, ${name}` : "its start";
    switch (state) {
        case "working": {
            const steps = total ? `, ${step} of ${total}` : "";
            const time = left ? `, about ${Math.ceil(left)} s left` : "";
            return ["Being made", `Now at ${stage}${steps}${time}.`];
        }
        case "failed":
            return ["Failed", `${message ?? "It ended with an error."} ${hint ?? ""}`];
        case "cancelled":
            return ["Cancelled", `It ended at ${stage}; gen3d resume goes on from there.`];
        default:
            return ["Interrupted", `It ended at ${stage}; gen3d resume goes on from there.`];
    }
}

export function addressOf(run, path) {
    return `/files/${[run.name, ...path.split("/")].map(encodeURIComponent).join("/")}`;
}

// Everything that is known about the run, and by the model's own record where the run says nothing.
export function showFacts(run, extras = {}) {
    const facts = factsOf(run, extras);
    find("#title").textContent = facts.prompt || run.name;
    document.title = `${facts.prompt || run.name} · gen3d`;
    const allowed = facts.commercial_use?.allowed;
    const rows = [
        ["Prompt", facts.prompt || "not known"],
        ["Seed", facts.seed ?? "not known"],
        ["Check", auditText(run.check)],
        ["Use", allowed === undefined ? "not known" : allowed ? "also commercial" : "not commercial"],
        ["Folder", run.folder],
    ];
    find("#facts dl").replaceChildren(
        ...rows.flatMap(([name, value]) => [
            make("dt", { text: name }),
            value instanceof Node ? make("dd", {}, value) : make("dd", { text: String(value) }),
        ]),
    );
    list("#audit", auditRows(run.check));
    list("#licences", facts.models.map((m) => make("li", { text: m.licence }, make("small", { text: `${m.id}: ${m.source}` }))));
    list("#notes", facts.notes.map((note) => make("li", { text: note })));
}

function factsOf(run, extras) {
    const either = (name) => (run[name] || run[name] === 0 ? run[name] : extras[name]);
    const list = (name) => (run[name].length > 0 ? run[name] : [extras[name] ?? []].flat());
    return {
        prompt: either("prompt"),
        seed: either("seed"),
        commercial_use: either("commercial_use"),
        models: list("models"),
        notes: list("notes"),
    };
}

function auditText(check) {
    if (!check) {
        return "not made";
    }
    const of = (status) => check.rows.filter((row) => row.status === status).length;
    const kind = check.ok ? (of("warn") ? "warn" : "pass") : "fail";
    const text = `${check.ok ? "passed" : "failed"}: ${of("pass")} good, ${of("warn")} warnings, ${of("fail")} failures`;
    return make("span", { text, kind });
}

function auditRows(check) {
    const order = ["fail", "warn", "pass"];
    const rows = [...(check?.rows ?? [])].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
    return rows.map((row) =>
        make(
            "li",
            {},
            make("span", { text: `${row.status} `, kind: row.status }),
            `${row.name}: ${row.value} (${row.limit})`,
            make("small", { text: row.status === "pass" ? "" : row.hint }),
        ),
    );
}

function list(selector, items) {
    find(selector).hidden = items.length === 0;
    find(`${selector} ul`).replaceChildren(...items);
}

// A slider for each shape; `change` is told name and weight.
export function showShapes(names, change) {
    find("#face").hidden = names.length === 0;
    find("#shapes").replaceChildren(
        ...names.map((name) => {
            const slider = make("input");
            Object.assign(slider, { type: "range", min: 0, max: 1, step: 0.01, value: 0, name });
            slider.addEventListener("input", () => change(name, slider.valueAsNumber));
            return make("label", {}, make("span", { text: name }), slider);
        }),
    );
}
