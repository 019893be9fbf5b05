// node run.mjs: reads {ask, arguments} from the standard input, writes what answers.mjs answers.

import { readFileSync } from "node:fs";
import * as twin from "./answers.mjs";

const question = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(twin.as_json(await twin[question.ask](...question.arguments)));
