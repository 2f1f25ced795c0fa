// One delivery a line on standard input, {"secret", "headers", "body"}; one word a line on standard output: what the library makes of it.
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

for await (const line of createInterface({ input: process.stdin })) {
  const { secret, headers, body } = JSON.parse(line);
  try {
    new Webhook(secret).verify(Buffer.from(body, "base64").toString("utf8"), headers);
    console.log("verified");
  } catch (refused) {
    console.log("refused: " + refused.message);
  }
}
