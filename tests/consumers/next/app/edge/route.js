import { app } from "../../../app.js";

export const runtime = "edge";

export async function POST(request) {
  return Response.json(await app(await request.text()));
}
