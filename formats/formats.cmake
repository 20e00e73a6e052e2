# SPDX-License-Identifier: BSD-3-Clause
# The readers of texts, for tests that compile them in.
set(PV_FORMATS formats/base64.c formats/json_read.c formats/json_string.c formats/json_walk.c)
