/* global localStorage, matchMedia, document */
// Sets the colour theme before the first paint, so that nothing flashes. An own file because the CSP forbids inline scripts.
(function () {
  var choice = null;
  try {
    choice = localStorage.getItem('sagawright.theme');
  } catch {
    // Storage may be forbidden; the system preference is then the answer.
  }
  var dark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
