// What is to be done by the server, in order: it waits while there is no network, and outlives a reload of its tab.
// What was sent and got no answer is sent again: each job can be done twice and counts once.

const AGAIN = 1000;

export class Outbox {
  #isBusy = false;
  jobs = []; // { id, room, method, data, at, state: "waiting" | "sending" | "sent" | "refused", why }

  // `perform` does a job, or throws what the SDK does; `isOpen` tells whether that makes sense now.
  constructor({ perform, isOpen, changed, key }) {
    Object.assign(this, { perform, isOpen, changed, key });
    this.jobs = recall(key);
  }

  add(job) {
    this.jobs.push({ ...job, at: Date.now(), state: "waiting" });
    this.#tell();
    this.flush();
  }

  retry(job) {
    job.state = "waiting";
    this.flush();
  }

  drop(job) {
    this.jobs = this.jobs.filter((other) => other !== job);
    this.#tell();
  }

  async flush() {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let job; this.isOpen() && (job = this.jobs.find(({ state }) => state === "waiting")); ) {
      await this.#send(job);
      this.#tell();
    }
    this.#isBusy = false;
    this.#tell();
  }

  async #send(job) {
    job.state = "sending";
    this.#tell();
    try {
      await this.perform(job);
      job.state = "sent";
    } catch (error) {
      const isPassing = !(error?.code >= 100) || error.temporary;
      Object.assign(job, isPassing ? { state: "waiting" } : { state: "refused", why: error.message });
      if (isPassing) await new Promise((resolve) => setTimeout(resolve, this.isOpen() ? AGAIN : 0));
    }
  }

  #tell() {
    this.changed();
    keep(this.key, this.jobs.filter(({ state }) => state !== "sent"));
  }
}

function recall(key) {
  try {
    const jobs = JSON.parse(sessionStorage.getItem(key)) ?? [];
    return jobs.map((job) => (job.state === "sending" ? { ...job, state: "waiting" } : job));
  } catch {
    return []; // storage is forbidden here
  }
}

function keep(key, jobs) {
  try {
    sessionStorage.setItem(key, JSON.stringify(jobs));
  } catch {
    // as above
  }
}
