// The echo of single messages; what it does is shared with the forwarding one.

import { echo } from "./shared/echo.js";

echo("ws", 1000);
