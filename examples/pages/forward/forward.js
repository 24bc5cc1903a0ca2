// The echo by forwarding; what it does is shared with the other echo.

import { echo } from "./shared/echo.js";

echo("echo", 5000);
