// The questions of a form as autosave reads and writes them: their fields, what these hold, and how that is said.
const controls = (node) => [...node.querySelectorAll("input, textarea, select")].filter(
  (field) => field.name && !field.name.startsWith("_") && !["file", "hidden", "submit"].includes(field.type));
const ticked = (field) => field.type === "radio" || field.type === "checkbox";

export class Part {
  // A question, or what is typed beside them (an empty row): `mark` tells the server what the form had shown of it.
  constructor(key, label, fields, mark) {
    Object.assign(this, { key, label, fields, mark, conflict: false });
    this.settle(this.entries());
  }

  entries() {
    return this.fields.filter((field) => !ticked(field) || field.checked).map((field) => [field.name, field.value]);
  }

  settle(entries) { this.saved = JSON.stringify(entries); }

  get changed() { return JSON.stringify(this.entries()) !== this.saved; }

  fill(entries) {
    for (const field of this.fields) {
      const values = entries.filter(([name]) => name === field.name).map(([, value]) => value);
      if (ticked(field)) field.checked = values.includes(field.value);
      else field.value = values[0] ?? "";
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  // What fields hold in words, field by field: [label, text].
  words(entries) {
    const said = new Map();
    for (const field of this.fields) {
      const label = ticked(field)
        ? field.closest("fieldset")?.querySelector("legend") ?? field.labels[0] : field.labels?.[0];
      const name = (label?.firstChild?.textContent ?? "").trim();
      const held = entries.filter(([one]) => one === field.name).map(([, value]) => value);
      if (!said.has(field.name)) said.set(field.name, [name, []]);
      if (ticked(field)) { if (held.includes(field.value)) said.get(field.name)[1].push(field.labels[0].textContent.trim()); }
      else if (field.tagName === "SELECT") said.get(field.name)[1] = held.map((value) => [...field.options].find((one) => one.value === value && value)?.text ?? "");
      else said.get(field.name)[1] = held;
    }
    return [...said.values()].map(([name, texts]) => [name, texts.join(", ")]);
  }
}

export const partsOf = (form) => {
  const parts = [...form.querySelectorAll("[data-question]")].map((node) => new Part(
    node.dataset.question, node.dataset.label, controls(node), node.querySelector("input[name^='_vu']")));
  const known = new Set(parts.flatMap((part) => part.fields));
  const loose = controls(form).filter((field) => !known.has(field));
  if (loose.length) parts.push(new Part("", "", loose, null));
  return parts;
};
