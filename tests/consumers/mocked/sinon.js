import sinon from "sinon";
import { mocked } from "./mocked.js";

const clock = sinon.useFakeTimers();
const outcome = await mocked((ms) => clock.tickAsync(ms));
clock.restore();
console.log(JSON.stringify(outcome));
