/* The chosen look, set before anything is painted; a classic script, because modules come later. */
try {
  const chosen = localStorage.getItem("theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch {
  // No storage: the system decides.
}
