// Two views behind the part of the address after `#`; what is typed stays on the device.

const STORE = "levain";
const DEFAULTS = { loaves: 2, weight: 850, hydration: 74, starter: 20, salt: 2, ready: "10:00" };

// Minutes before the loaf is out of the oven. The bulk rise is for a kitchen at 24 °C.
const STAGES = [
  ["Feed the starter", 1500],
  ["Mix flour and water", 1020],
  ["Add starter and salt", 975],
  ["Fold, four times in two hours", 945],
  ["Shape", 705],
  ["Into the fridge", 685],
  ["Heat the oven", 95],
  ["Bake", 45],
  ["Out of the oven", 0],
];

const FIELDS = {
  loaves: ["Loaves", { type: "number", min: 1, max: 50 }],
  weight: ["Dough for each, in grams", { type: "number", min: 50, max: 5000, step: 10 }],
  hydration: ["Water, in % of the flour", { type: "number", min: 50, max: 100 }],
  starter: ["Starter, in % of the flour", { type: "number", min: 1, max: 50 }],
  salt: ["Salt, in % of the flour", { type: "number", min: 0, max: 4, step: 0.1 }],
  ready: ["Out of the oven at", { type: "time" }],
};

function stored() {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(STORE)) };
  } catch {
    return { ...DEFAULTS };
  }
}

const values = stored();

function weights({ loaves, weight, hydration, starter, salt }) {
  const dough = loaves * weight;
  const flour = (dough * 100) / (100 + hydration + starter + salt);
  const grams = (percent) => (flour * percent) / 100;
  return [
    ["Flour", flour],
    ["Water", grams(hydration)],
    ["Starter", grams(starter)],
    ["Salt", grams(salt)],
    ["Dough", dough],
  ];
}

function timetable({ ready }) {
  const [hours, minutes] = ready.split(":").map(Number);
  const end = hours * 60 + minutes;
  return STAGES.map(([stage, before]) => {
    const at = end - before;
    const day = ["", "the day before, ", "two days before, "][-Math.floor(at / 1440)];
    const clock = ((at % 1440) + 1440) % 1440;
    const two = (number) => String(number).padStart(2, "0");
    return [stage, `${day}${two(Math.floor(clock / 60))}:${two(clock % 60)}`];
  });
}

const grams = (value) => `${value < 50 ? value.toFixed(1) : Math.round(value)} g`;

const VIEWS = {
  "/": {
    title: "Weights",
    lead: "All shares are of the flour, as bakers count.",
    fields: ["loaves", "weight", "hydration", "starter", "salt"],
    rows: () => weights(values).map(([name, value]) => [name, grams(value)]),
  },
  "/timetable": {
    title: "Timetable",
    lead: "Counted back from the moment the loaf is out of the oven.",
    fields: ["ready"],
    rows: () => timetable(values),
  },
};

function element(name, attributes, ...children) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...children);
  return made;
}

function field(name, changed) {
  const [text, attributes] = FIELDS[name];
  const input = element("input", { ...attributes, name, value: values[name], required: true });
  input.addEventListener("input", () => {
    if (input.checkValidity()) {
      values[name] = input.type === "number" ? input.valueAsNumber : input.value;
      changed();
    }
  });
  return element("label", {}, text, input);
}

function show() {
  const path = location.hash.slice(1) || "/";
  const view = VIEWS[path] ?? VIEWS["/"];
  const table = element("table", {});
  const fill = () => {
    const rows = view.rows().map(([name, value], index, all) => {
      const head = element("th", { scope: "row" }, name);
      return element("tr", { className: index === all.length - 1 ? "sum" : "" }, head, element("td", {}, value));
    });
    table.replaceChildren(...rows);
    try {
      localStorage.setItem(STORE, JSON.stringify(values));
    } catch {
      // Where nothing can be kept, the next visit begins with the defaults.
    }
  };
  const fields = view.fields.map((name) => field(name, fill));
  const form = element("form", { onsubmit: (event) => event.preventDefault() }, ...fields);
  fill();
  document.title = `${view.title} – Levain`;
  document.getElementById("view").replaceChildren(
    element("h1", {}, view.title),
    element("p", {}, view.lead),
    form,
    table,
  );
  for (const link of document.querySelectorAll("nav a")) {
    if (VIEWS[link.hash.slice(1)] === view) {
      link.setAttribute("aria-current", "page");
    } else {
      link.removeAttribute("aria-current");
    }
  }
}

addEventListener("hashchange", () => {
  show();
  document.getElementById("view").focus();
});
show();
