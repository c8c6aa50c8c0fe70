# SPDX-License-Identifier: Apache-2.0
# src/stdlib/*.bt → their texts as C strings and an index of their macros, sorted by name. The comment line
# directly above a macro is `// name(arguments) -> result: help`; a macro without one fails.
FNR == 1 {
	if (parts++)
		print "\t\"\";"
	part = FILENAME
	sub(/.*\//, "", part)
	names[parts - 1] = part
	printf "static const char part_%d[] =\n", parts - 1
}
/^macro [a-z_]/ {
	name = $2
	sub(/\(.*/, "", name)
	if (comment !~ "^// " name "[ (].*: ") {
		printf "%s:%d: macro %s has no line of help above it\n", FILENAME, FNR, name > "/dev/stderr"
		exit failed = 1
	}
	help = signature = substr(comment, 4)
	sub(/: .*/, "", signature)
	help = substr(help, length(signature) + 3)
	row = sprintf("\t{ \"%s\", \"%s\", \"%s\", %d },", name, escaped(signature), escaped(help), parts - 1)
	for (i = rows++; i > 0 && row < index_row[i - 1]; i--)
		index_row[i] = index_row[i - 1]
	index_row[i] = row
}
{
	comment = $0
	printf "\t\"%s\\n\"\n", escaped($0)
}
END {
	if (failed)
		exit 1
	print "\t\"\";\n\nconst struct stdlib_part stdlib_parts[] = {"
	for (i = 0; i < parts; i++)
		printf "\t{ \"%s\", part_%d, sizeof(part_%d) - 1 },\n", names[i], i, i
	print "};\n\nconst struct stdlib_macro stdlib_macros[] = {"
	for (i = 0; i < rows; i++)
		print index_row[i]
	print "};"
}
function escaped(text) {
	gsub(/\\/, "\\\\", text)
	gsub(/"/, "\\\"", text)
	gsub(/\t/, "\\t", text)
	return text
}
