# SPDX-License-Identifier: Apache-2.0
# constants.awk -v which=NAME [-v headers=FILE]: the sorted output of `cc -dM -E` → a table of struct
# cdef_constant for constants.c, as C text that the compiler evaluates.
#
# A macro is in it if its text consists of numbers, operators and names of other such macros, and if its
# name looks like a constant's. A macro that is its own name stands for an enumerator: only with
# headers, which are then included, are those known. Without, the macros themselves are copied, and it does
# not matter whether the headers they come from can be compiled together.
BEGIN { count = 0 }

$1 == "#define" && $2 ~ /^[A-Za-z_][A-Za-z0-9_]*$/ {
	name = $2
	body = $0
	sub(/^#define +[A-Za-z0-9_]+ */, "", body)
	text[name] = body
	if (name ~ /^[A-Z][A-Za-z0-9_]*$/ && length(name) > 2 && name !~ /^LINUX_VERSION/ &&
	    name != "SOCK_DESTROY") # the kernel has another, in enum sock_flags
		names[count++] = name
}

# 1: an integer constant expression; 0: not, or not known.
function is_constant(name, depth,    rest, word) {
	if (name in known)
		return known[name]
	if (!(name in text) || depth > 20 || text[name] == "")
		return 0
	if (text[name] == name)
		return known[name] = headers != ""
	known[name] = 0 # while it is looked at
	rest = text[name]
	while (rest != "") {
		if (match(rest, /^[A-Za-z_][A-Za-z0-9_]*/)) {
			word = substr(rest, 1, RLENGTH)
			rest = substr(rest, RLENGTH + 1)
			if (!is_constant(word, depth + 1))
				return 0
		} else if (match(rest, /^0[xX][0-9a-fA-F]+[uUlL]*/) || match(rest, /^[0-9]+[uUlL]*/)) {
			rest = substr(rest, RLENGTH + 1)
			if (rest ~ /^[A-Za-z0-9_.]/)
				return 0
		} else if (match(rest, /^'[ -~]'/) || match(rest, /^[-+*\/%<>=!&|^~?:() \t]+/)) {
			rest = substr(rest, RLENGTH + 1)
		} else {
			return 0
		}
	}
	return known[name] = 1
}

END {
	printf "/* Made by constants.awk. */\n#include \"cdef/cdef.h\"\n"
	if (headers != "")
		printf "#include \"%s\"\n", headers
	for (i = 0; i < count; i++)
		is_constant(names[i], 0)
	for (name in known)
		if (known[name] && headers == "" && name !~ /^__.*__$/)
			printf "#undef %s\n#define %s %s\n", name, name, text[name]
	printf "extern const struct cdef_constant cdef_constants_%s[];\n", which
	printf "extern const size_t cdef_constants_%s_count;\n", which
	printf "const struct cdef_constant cdef_constants_%s[] = {\n", which
	for (i = 0; i < count; i++) {
		name = names[i]
		if (!is_constant(name, 0))
			continue
		printf "\t{ \"%s\", (uint64_t)(%s), (%s) < 0, %d },\n", name, name, name, text[name] == name
		rows++
	}
	printf "};\nconst size_t cdef_constants_%s_count = %d;\n", which, rows
}
