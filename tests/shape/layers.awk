# SPDX-License-Identifier: Apache-2.0
# layers.awk LAYERS.TXT FILE...: prints every include that points up. The layer of src/a/b.c is a, or
# a/b where the table has it; src/compiler.* is "compiler".
FNR == 1 { file = FILENAME; sub(/^.*\/src\//, "", file) }
NR == FNR { if (/^#/ || !NF) next; l = $1; sub(/:$/, "", l); known[l] = 1
	    for (i = 2; i <= NF; i++) may[l, $i] = 1; next }
function layer_of(path,  p) { p = path; sub(/\/[^\/]*$/, "", p)
	    if (p == path) { sub(/\.[ch]$/, "", p); return p } return p }
/^#include "/ { split($0, q, "\""); to = layer_of(q[2]); from = layer_of(file)
	    if ((to in known) && to != from && !((from, to) in may) && !((from, q[2]) in may)) {
		    print file ":" FNR ": " from " may not include " q[2]; bad = 1 } }
END { exit bad }
