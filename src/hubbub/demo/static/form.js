// The line in which something is said: sends what is typed, and can be shut while nobody listens.

export class Say {
  constructor(form, said) {
    this.form = form;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      said(form.elements.text.value);
      form.elements.text.select();
    });
  }

  clear() {
    this.form.elements.text.value = "";
  }

  allow(isAllowed, ...others) {
    for (const element of [...this.form.elements, ...others]) element.disabled = !isAllowed;
  }

  focus() {
    this.form.elements.text.focus({ preventScroll: true });
  }
}
