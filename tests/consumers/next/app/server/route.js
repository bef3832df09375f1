import { app } from "../../../app.js";

export async function POST(request) {
  return Response.json(await app(await request.text()));
}
