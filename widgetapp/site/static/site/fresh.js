// A page that comes out of the browser's own memory (Back, Forward) may be somebody else's by now: it is asked for again.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
