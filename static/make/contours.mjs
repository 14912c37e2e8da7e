// Draws img/contours.svg: true isolines of a small height field (marching squares), joined into curves.
// usage: node contours.mjs > contours.svg
const w = 640, h = 420, s = 16
const hills = [[0.74, 0.3, 0.2, 1], [0.98, 0.62, 0.22, 0.8], [0.4, 0.1, 0.17, 0.55], [0.62, 0.92, 0.2, 0.5], [0.08, 0.5, 0.14, 0.3]]
const height = (x, y) =>
  hills.reduce((t, [a, c, q, p]) => t + p * Math.exp(-(((x / w - a) ** 2 + ((y / h - c) * 0.7) ** 2) / (2 * q * q))), 0) +
  0.05 * Math.sin(x / 41 + Math.cos(y / 37) * 1.7)
const paths = ['', '']
for (let level = 0; level < 9; level++) {
  const v = 0.22 + level * 0.105
  const link = new Map(), at = new Map()
  const cut = (x0, y0, x1, y1) => {
    const a = height(x0, y0), b = height(x1, y1)
    if ((a < v) === (b < v)) return null
    const t = (v - a) / (b - a), key = [x0, y0, x1, y1].join()
    at.set(key, [Math.round(x0 + (x1 - x0) * t), Math.round(y0 + (y1 - y0) * t)])
    return key
  }
  for (let x = 0; x < w; x += s) for (let y = 0; y < h; y += s) {
    const e = [cut(x, y, x + s, y), cut(x + s, y, x + s, y + s), cut(x, y + s, x + s, y + s), cut(x, y, x, y + s)].filter(Boolean)
    for (let i = 0; i + 1 < e.length; i += 2) for (const [p, q] of [[e[i], e[i + 1]], [e[i + 1], e[i]]]) link.set(p, [...(link.get(p) || []), q])
  }
  const seen = new Set()
  const walk = k => { const line = []; while (k && !seen.has(k)) { seen.add(k); line.push(at.get(k)); k = link.get(k).find(n => !seen.has(n)) } return line }
  for (const k of [...link.keys()].sort((p, q) => link.get(p).length - link.get(q).length)) {
    if (seen.has(k)) continue
    const p = walk(k)
    if (p.length < 4) continue
    let d = `M${p[0]}`
    for (let i = 1; i < p.length - 1; i++) d += `Q${p[i]} ${(p[i][0] + p[i + 1][0]) >> 1},${(p[i][1] + p[i + 1][1]) >> 1}`
    paths[level % 4 === 2 ? 1 : 0] += d
  }
}
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" fill="none" stroke="#000"><path d="${paths[0]}"/><path stroke-width="2" d="${paths[1]}"/></svg>`)
