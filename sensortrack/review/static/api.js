// What the server knows, and what it is asked to change.

const REFUSALS = {
  "no session": "This session is not in the database.",
  "no span": "These times are not inside the session.",
  "no value": "This value cannot be kept.",
  "no change": "This is no change that is known here.",
  "recording": "This session is being recorded just now; change it when it has ended.",
  "nothing to undo": "There is nothing left to undo.",
  "busy": "Another program is writing to the database; try again in a moment.",
};

async function asked(path, options = {}) {
  let answer;
  try {
    answer = await fetch(`api/${path}`, options);
  } catch {
    throw new Error("The program does not answer: is sensortrack review still running?");
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    if (answer.status === 404 && !body.error) throw new Error("This page is of an earlier start of the program; open the address that it printed last.");
    throw new Error(REFUSALS[body.error] ?? `The database cannot be read (${body.error ?? answer.status}).`);
  }
  return body;
}

export const allSessions = () => asked("sessions");
export const trendsOf = (exercise, person) => asked(`trends?${new URLSearchParams({ exercise, person })}`);
export const oneSession = (id) => asked(`sessions/${id}`);

const POINTS = 4000; // for a screen: the answer has a quarter of them, or more
const FOREVER_S = 1e9; // the server ends it where the session ends

export const angle = (id, start_s, end_s, points = POINTS) =>
  asked(`sessions/${id}/angle?${new URLSearchParams({ start_s, end_s, points })}`);
export const wholeAngle = (id) => angle(id, 0, FOREVER_S);

/** Change a session: `judge`, `set` or `undo`; gives the session as it then is. */
export const change = (id, what, body = {}) =>
  asked(`sessions/${id}/${what}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
