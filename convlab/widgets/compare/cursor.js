// Compare, the cursor: one place in the plane that all columns show, and which index of each column's y that is.

/** What the parts of the screen ask about the cursor. `view` = {scene, at: {lead, place}, hover, picks}. */
function cursorOf(view) {
  const column = (k) => view.scene.columns[k]
  const place = () => view.hover ?? view.at.place
  const blocks = (k) => column(k).heat
  const planeSize = (k) => {
    if (blocks(k)) return { rows: blocks(k).shape[0], cols: blocks(k).shape[1] }
    return column(k).shape ? planeOf(column(k).shape) : null
  }
  const lead = (k) => leadOf(view, k)
  const inPlane = (k) => {
    const size = planeSize(k), [i, j] = place()
    return size && i < size.rows && j < size.cols ? [i, j] : null
  }
  const index = (k) => {
    const at = inPlane(k)
    if (!at) return null
    const by = blocks(k)?.block ?? 1
    return cellIndex(column(k).shape, lead(k), at[0] * by, at[1] * by)
  }
  const value = (k) => {
    const at = index(k)
    if (!at) return null
    const [i, j] = place(), heat = blocks(k)
    return heat ? num(heat.values[i * heat.shape[1] + j]) : valueAt(column(k).y, at)
  }
  /** The index as it is read aloud: the yardstick's, without images and filters when there is one of each. */
  const shown = () => {
    const k = reference(view.scene), full = index(k) ?? cellIndex(column(k).shape ?? [1, 1, 1, 1], lead(k), ...place())
    const plain = column(k).shape?.slice(0, 2).every((size) => size === 1)
    return plain ? full.slice(2) : full
  }
  return { place, planeSize, lead, inPlane, index, value, shown }
}

/** The column whose shape the cursor lives in: the yardstick, or the first that has an answer. */
function reference(scene) {
  if (scene.columns[scene.yardstick]?.shape) return scene.yardstick
  return Math.max(0, scene.columns.findIndex((column) => column.shape))
}

/** Which image, filter (and depth) column `k` shows: that of the cursor where the axis is the same, its own elsewhere. */
function leadOf({ scene, at, picks }, k) {
  const column = scene.columns[k], judge = scene.columns[reference(scene)].shape
  if (!column.shape) return []
  const ours = planeOf(judge).lead
  return planeOf(column.shape).lead.map((size, axis) => {
    if (size === ours[axis]) return at.lead[axis] ?? 0
    return picks[k]?.[axis] ?? column.home?.[axis] ?? Math.min(at.lead[axis] ?? 0, size - 1)
  })
}

/** Show another image or filter: in all columns that have as many, in this column alone where it has its own number. */
function turnLead(view, k, axis, n) {
  const column = view.scene.columns[k], ours = planeOf(view.scene.columns[reference(view.scene)].shape).lead
  if (planeOf(column.shape).lead[axis] === ours[axis]) view.at.lead[axis] = n
  else (view.picks[k] ??= [])[axis] = n
}

/** What a link says of the axes that only one column has: "B1.3" is index 3 on axis 1 of column B. */
const picksText = (picks) => picks.flatMap((row, k) => (row ?? []).map((n, axis) => `${LETTERS[k]}${axis}.${n}`).filter(Boolean)).join(",")

/** The other way round, as far as the columns have such axes. */
function picksFrom(text, scene) {
  const picks = []
  for (const [, letter, axis, n] of (text ?? "").matchAll(/([A-D])(\d)\.(\d+)/g)) {
    const k = LETTERS.indexOf(letter), shape = scene.columns[k]?.shape
    if (shape && Number(n) < (planeOf(shape).lead[axis] ?? 0)) (picks[k] ??= [])[axis] = Number(n)
  }
  return picks
}

/** Where the cursor rests before anyone moves it: where the columns differ most with the whole window on the input. */
function restingPlace(scene) {
  const k = reference(scene), judge = scene.columns[k]
  if (!judge.shape) return { lead: [0, 0], place: [0, 0] }
  const size = judge.heat ? { rows: judge.heat.shape[0], cols: judge.heat.shape[1] } : planeOf(judge.shape)
  const lead = planeOf(judge.shape).lead.map(() => 0), middle = [(size.rows - 1) / 2, (size.cols - 1) / 2]
  if (judge.heat) return { lead: lead.map((_, axis) => scene.plane[axis] ?? 0), place: middle.map(Math.floor) }
  const alike = scene.columns.filter((c, n) => n !== k && c.y && c.shape.join() === judge.shape.join())
  let best = null
  for (let i = 0; i < size.rows; i++) {
    for (let j = 0; j < size.cols; j++) {
      const at = cellIndex(judge.shape, lead, i, j), own = valueAt(judge.y, at)
      const apart = Math.max(0, ...alike.map((c) => Math.abs(gap(valueAt(c.y, at), own)) || 0))
      const off = Math.abs(i - middle[0]) + Math.abs(j - middle[1])
      const score = [isWhole(scene, judge, at) ? 1 : 0, Number(apart.toPrecision(3)), -off]
      if (!best || higher(score, best.score)) best = { score, place: [i, j] }
    }
  }
  return { lead, place: best.place }
}

const higher = (a, b) => { const n = a.findIndex((v, i) => v !== b[i]); return n >= 0 && a[n] > b[n] }

/** Whether the window of an output value stands on the input alone, no padding under it. */
function isWhole(scene, column, at) {
  const how = column.reading
  if (how?.kind !== "layer") return true
  return at.slice(2).every((a, axis) => {
    const first = a * how.stride[axis] + how.start[axis]
    return first >= 0 && first + scene.extent[axis] <= scene.x.shape[2 + axis]
  })
}

const shapesOf = (scene) => scene.columns.map((column) => column.shape?.join() ?? "").join(";")

/** Build something anew, and give the focus back to the button that stands where the focused one stood. */
function keepFocus(top, build) {
  const focused = top.getRootNode().activeElement, path = []
  const held = focused?.matches("button") && top.contains(focused)
  for (let node = held ? focused : top; node !== top; node = node.parentElement) path.unshift([...node.parentElement.children].indexOf(node))
  build()
  if (!held || focused.isConnected) return
  const found = path.reduce((node, n) => node?.children[n], top)
  if (found?.matches("button:not([disabled])")) found.focus({ preventScroll: true })
}

/** Scroll several pictures as one. */
function scrollTogether(boxes) {
  let leader = null
  for (const box of boxes) {
    box.addEventListener("scroll", () => {
      if (leader && leader !== box) return
      leader = box
      for (const other of boxes) if (other !== box) other.scrollTo(box.scrollLeft, box.scrollTop)
      requestAnimationFrame(() => { leader = null })
    })
  }
}
