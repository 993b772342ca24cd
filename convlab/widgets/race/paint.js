// Race, a picture of the screen: what the style sheets have drawn is drawn once more, onto a canvas. So the picture
// always shows what the reader sees, and needs no second set of drawing rules.

const FINE = 2 // canvas pixels to one of the screen
const MARGIN = 24

/** Draw some parts of the screen, one below the other as they stand. → canvas. What has the class "tool" is left out. */
function picture(root, parts) {
  root.classList.add("whole") // scrolled lists show all of their rows for as long as this function takes
  try {
    const boxes = parts.map((part) => part.getBoundingClientRect())
    const frame = { left: Math.min(...boxes.map((box) => box.left)) - MARGIN, top: Math.min(...boxes.map((box) => box.top)) - MARGIN / 2,
      right: Math.max(...boxes.map((box) => box.right)) + MARGIN, bottom: Math.max(...boxes.map((box) => box.bottom)) + MARGIN / 2 }
    const canvas = el("canvas", { width: Math.ceil((frame.right - frame.left) * FINE), height: Math.ceil((frame.bottom - frame.top) * FINE) })
    const pen = canvas.getContext("2d")
    pen.fillStyle = getComputedStyle(root).getPropertyValue("--page").trim() || "#fff"
    pen.fillRect(0, 0, canvas.width, canvas.height)
    pen.scale(FINE, FINE)
    pen.translate(-frame.left, -frame.top)
    for (const part of parts) paint(part, pen)
    return canvas
  } finally {
    root.classList.remove("whole")
  }
}

function paint(node, pen) {
  if (node.nodeType === Node.TEXT_NODE) return paintText(node, pen)
  if (node.nodeType !== Node.ELEMENT_NODE || node.matches(".tool, .sr, [popover]")) return
  const style = getComputedStyle(node)
  if (style.display === "none" || style.visibility === "hidden" || style.opacity === "0") return
  pen.save()
  pen.globalAlpha *= Number(style.opacity)
  if (node instanceof SVGElement) paintShape(node, style, pen)
  else paintBox(node.getBoundingClientRect(), style, pen)
  const lowest = style.overflowY === "hidden" ? node.getBoundingClientRect().bottom : Infinity // what has wrapped out of sight stays there
  const isSeen = (kid) => kid.nodeType !== Node.ELEMENT_NODE || kid.getBoundingClientRect().top < lowest
  if (!(node instanceof SVGTextElement)) for (const kid of node.childNodes) if (isSeen(kid)) paint(kid, pen)
  pen.restore()
}

/** Background, hatching, edges. */
function paintBox(box, style, pen) {
  if (!box.width || !box.height) return
  const round = new Path2D()
  round.roundRect(box.left, box.top, box.width, box.height, [style.borderTopLeftRadius, style.borderTopRightRadius, style.borderBottomRightRadius, style.borderBottomLeftRadius].map((r) => Math.min(parseFloat(r) || 0, box.height / 2)))
  pen.fillStyle = style.backgroundColor
  pen.fill(round)
  if (style.backgroundImage.startsWith("repeating-linear-gradient")) hatch(box, round, style, pen)
  if (parseFloat(style.borderLeftWidth) > 0) {
    Object.assign(pen, { strokeStyle: style.borderLeftColor, lineWidth: parseFloat(style.borderLeftWidth) })
    pen.setLineDash(style.borderLeftStyle === "dashed" ? [3, 3] : [])
    return pen.stroke(round)
  }
  for (const [side, y] of [["Top", box.top], ["Bottom", box.bottom - 1]]) {
    if (parseFloat(style[`border${side}Width`]) > 0) { pen.fillStyle = style[`border${side}Color`]; pen.fillRect(box.left, y, box.width, 1) }
  }
}

function hatch(box, round, style, pen) {
  pen.save()
  pen.clip(round)
  pen.strokeStyle = style.getPropertyValue("--line-3").trim()
  pen.lineWidth = 1.5
  pen.beginPath()
  for (let x = box.left - box.height; x < box.right; x += 6) { pen.moveTo(x, box.bottom); pen.lineTo(x + box.height, box.top) }
  pen.stroke()
  pen.stroke(round)
  pen.restore()
}

function paintText(node, pen) {
  if (!node.data.trim()) return
  const style = getComputedStyle(node.parentElement), range = document.createRange()
  pen.fillStyle = style.color
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`
  pen.letterSpacing = style.letterSpacing === "normal" ? "0px" : style.letterSpacing
  pen.textBaseline = "middle"
  for (const { 0: word, index } of node.data.matchAll(/\S+/g)) {
    range.setStart(node, index)
    range.setEnd(node, index + word.length)
    const box = range.getBoundingClientRect()
    if (box.width) pen.fillText(word, box.left, box.top + box.height / 2)
  }
}

/** Lines, paths, circles and texts of a chart, where they stand on the screen. */
function paintShape(node, style, pen) {
  if (node instanceof SVGSVGElement || !node.getScreenCTM) return
  const frame = pen.getTransform(), own = node.getScreenCTM()
  pen.transform(own.a, own.b, own.c, own.d, own.e, own.f)
  if (node instanceof SVGTextElement) {
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`
    pen.fillStyle = style.fill
    pen.textAlign = { middle: "center", end: "right" }[style.textAnchor] ?? "left"
    pen.textBaseline = "alphabetic"
    pen.fillText(node.textContent, Number(node.getAttribute("x")), Number(node.getAttribute("y")))
  } else if (node instanceof SVGGeometryElement) {
    const path = outline(node)
    if (style.fill !== "none") { pen.fillStyle = style.fill; pen.fill(path) }
    if (style.stroke !== "none") {
      Object.assign(pen, { strokeStyle: style.stroke, lineWidth: parseFloat(style.strokeWidth) || 1, lineJoin: "round" })
      pen.setLineDash(style.strokeDasharray === "none" ? [] : style.strokeDasharray.split(/[ ,]+/).map(parseFloat))
      pen.stroke(path)
    }
  }
  pen.setTransform(frame)
}

function outline(node) {
  const at = (key) => Number(node.getAttribute(key)), path = new Path2D(node.getAttribute("d") ?? "")
  if (node.tagName === "line") { path.moveTo(at("x1"), at("y1")); path.lineTo(at("x2"), at("y2")) }
  if (node.tagName === "circle") path.arc(at("cx"), at("cy"), at("r"), 0, 2 * Math.PI)
  if (node.tagName === "rect") path.rect(at("x"), at("y"), at("width"), at("height"))
  return path
}
