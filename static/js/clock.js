// The hour of a message as pages write it (`martunion/formats`): in halves of the day in Korean, else to 24.
const language = document.documentElement.lang;
const hours = { hour: "2-digit", minute: "2-digit", ...(language === "ko" ? {} : { hourCycle: "h23" }) };

export const clock = (at) => new Date(at).toLocaleTimeString(language, hours);
