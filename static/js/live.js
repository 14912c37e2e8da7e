// Keeps an open tracking page up to date: a stream where there is one, polling where there is not, nothing when
// nobody looks or nothing can change any more. The server's HTML is morphed in; this script never makes any.
(() => {
  const main = document.getElementById('main')
  if (!main || !main.dataset.now || !window.htmx) return

  const news = document.getElementById('news')
  const offline = document.getElementById('offline')
  const sources = new Set()
  const soonest = 30_000, slowest = 300_000
  let wait = soonest, timer = 0, streaming = false, etag = '', busy = false
  let said = heading(), newest = top()

  // What people opened stays open, what they hold keeps focus.
  Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === 'open' && node.localName === 'details')
  Idiomorph.defaults.ignoreActiveValue = true

  htmx.createEventSource = url => {
    const source = new EventSource(url)
    sources.add(source)
    return source
  }

  function heading() {
    const h1 = document.getElementById('say')
    return h1 ? h1.textContent.replace(/\s+/g, ' ').trim() : ''
  }

  function top() {
    const row = main.querySelector('.log .new')
    return row ? row.id : ''
  }

  // Only a new answer is announced, not every redraw; only a new row slides in.
  function changed() {
    if (top() !== newest) document.documentElement.classList.add('live')
    newest = top()
    const now = heading()
    if (now && now !== said) news.textContent = news.dataset.new.replace('{text}', now)
    said = now
    if (main.querySelector('[data-final]')) rest()
  }

  function rest() {
    clearTimeout(timer)
    timer = 0
    sources.forEach(s => s.close())
    sources.clear()
    streaming = false
  }

  function later() {
    clearTimeout(timer)
    timer = 0
    if (streaming || document.hidden || main.querySelector('[data-final]')) return
    timer = setTimeout(poll, wait)
  }

  async function poll() {
    if (busy || streaming || document.hidden) return
    busy = true
    try {
      const answer = await fetch(main.dataset.now, {
        headers: etag ? { 'If-None-Match': etag } : {}, cache: 'no-store', credentials: 'same-origin',
      })
      offline.hidden = true
      if (answer.status === 200) {
        etag = answer.headers.get('ETag') || ''
        const before = main.innerHTML
        Idiomorph.morph(main, await answer.text(), { morphStyle: 'innerHTML' })
        wait = main.innerHTML === before ? Math.min(wait * 1.5, slowest) : soonest
        changed()
      } else {
        wait = Math.min(wait * (answer.status === 304 ? 1.5 : 2), slowest)
      }
    } catch {
      offline.hidden = navigator.onLine !== false
      wait = Math.min(wait * 2, slowest)
    } finally {
      busy = false
      later()
    }
  }

  main.addEventListener('htmx:sseOpen', () => { streaming = true; wait = soonest; offline.hidden = true; later() })
  main.addEventListener('htmx:sseMessage', changed)
  for (const end of ['htmx:sseError', 'htmx:sseClose']) main.addEventListener(end, () => { streaming = false; later() })

  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer)
    if (document.hidden || main.querySelector('[data-final]')) return
    wait = soonest
    if (!streaming) poll()
  })
  addEventListener('offline', () => { offline.hidden = false })
  addEventListener('online', () => { offline.hidden = true; wait = soonest; poll() })
  addEventListener('pagehide', rest)
  addEventListener('pageshow', e => { if (e.persisted) { wait = soonest; poll() } })
  later()
})()
