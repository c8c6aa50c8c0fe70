/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BTF of functions and line information, made by LLVM from debug info.
 *
 * The kernel wants function information for callbacks, and refuses it for parameters without name.
 * Emission kind 3 (debug directives only) gives .BTF and .BTF.ext and no DWARF. The verifier's log
 * then quotes the script's own lines; so that it can for -e as well, the file node carries the
 * text, which the C interface can make only by parsing a scrap of textual IR.
 */
#include <llvm-c/IRReader.h>
#include <string.h>
#include "codegen/function.h"

#define PARAMETERS_MAX 5 /* BPF functions have no more */
#define EMISSION_KIND ((LLVMDWARFEmissionKind)3)

static struct source *source_of(struct codegen *cg)
{
	return cg->sema->tree ? cg->sema->tree->source : NULL;
}

/* Text as the inside of a string of textual IR. */
static void add_escaped(struct strbuf *b, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			strbuf_printf(b, "\\%02X", c);
		else
			strbuf_add_char(b, (char)c);
	}
}

static LLVMMetadataRef file_with_text(struct codegen *cg, const struct source *source)
{
	auto_strbuf struct strbuf ir = STRBUF_INIT;
	LLVMModuleRef scrap;
	LLVMValueRef file;
	char *message = NULL;

	strbuf_add_text(&ir, "!file = !{!0}\n!0 = !DIFile(filename: \"");
	add_escaped(&ir, source->name, strlen(source->name));
	strbuf_add_text(&ir, "\", directory: \"\", source: \"");
	add_escaped(&ir, source->text, source->len);
	strbuf_add_text(&ir, "\")\n");
	LLVMMemoryBufferRef buffer =
		LLVMCreateMemoryBufferWithMemoryRangeCopy(ir.text, ir.len, "file");
	if (LLVMParseIRInContext(cg->context, buffer, &scrap, &message)) {
		LLVMDisposeMessage(message);
		return NULL;
	}
	LLVMGetNamedMetadataOperands(scrap, "file", &file);
	LLVMMetadataRef node = LLVMValueAsMetadata(file);
	/* A node with operands only; the list's one operand is the file itself. */
	LLVMDisposeModule(scrap);
	return node;
}

static void add_flag(struct codegen *cg, const char *name, uint32_t value)
{
	LLVMAddModuleFlag(cg->module, LLVMModuleFlagBehaviorWarning, name, strlen(name),
			  LLVMValueAsMetadata(cg_const32(cg, value)));
}

static LLVMMetadataRef integer(struct codegen *cg, const char *name, uint64_t bits)
{
	const unsigned int signed_encoding = 5; /* DW_ATE_signed */

	return LLVMDIBuilderCreateBasicType(cg->di, name, strlen(name), bits, signed_encoding,
					    LLVMDIFlagZero);
}

static LLVMMetadataRef di_file(struct codegen *cg)
{
	const struct source *source = source_of(cg);
	LLVMMetadataRef file = source && !cg->places ? file_with_text(cg, source) : NULL;
	const char *name = source ? source->name : "script";

	return file ? file : LLVMDIBuilderCreateFile(cg->di, name, strlen(name), "", 0);
}

void debug_info_begin(struct codegen *cg)
{
	static const char producer[] = "bittern";

	cg->di = LLVMCreateDIBuilder(cg->module);
	add_flag(cg, "Debug Info Version", LLVMDebugMetadataVersion());
	cg->di_file = di_file(cg);
	LLVMDIBuilderCreateCompileUnit(cg->di, LLVMDWARFSourceLanguageC, cg->di_file, producer,
				       sizeof(producer) - 1, false, "", 0, 0, "", 0, EMISSION_KIND,
				       0, false, false, "", 0, "", 0);
	cg->di_long = integer(cg, "long", 64);
	cg->di_pointer = LLVMDIBuilderCreatePointerType(cg->di, NULL, 64, 64, 0, "", 0);
}

/* The one file is the script: what comes from a macro of another is at the call, and what is imported
 * has no line. */
static struct loc_lines place_in_script(struct codegen *cg, struct loc loc)
{
	const struct source *script = source_of(cg);

	while (loc.source && source_viewed(loc.source) != script)
		loc = loc.source->expanded_from;
	return loc.source ? loc_lines(loc) : (struct loc_lines){ 0 };
}

/* Names of parameters by kind of function; a NULL ends a row. What is no number is a pointer. */
static const struct {
	const char *name;
	bool is_pointer;
} parameters[][PARAMETERS_MAX] = {
	[DEBUG_PROGRAM] = { { "ctx", true }, { 0 } },
	[DEBUG_CALLBACK] = { { "index", false }, { "frame", true }, { 0 } },
	[DEBUG_MAP_CALLBACK] = { { "map", true }, { "key", true }, { "value", true },
				 { "frame", true }, { 0 } },
	[DEBUG_ERROR_FUNCTION] = { { "header", false }, { "site", false }, { "value", false },
				   { "counter", true }, { 0 } },
};

static void describe(struct codegen *cg, const char *name, const char *const *names,
		     const bool *is_pointer, unsigned int count, struct loc loc, bool is_local)
{
	LLVMMetadataRef types[PARAMETERS_MAX + 1] = { cg->di_long };
	unsigned int line = place_in_script(cg, loc).line;

	if (!cg->di)
		return;
	for (unsigned int i = 0; i < count; i++)
		types[i + 1] = is_pointer[i] ? cg->di_pointer : cg->di_long;
	LLVMMetadataRef type = LLVMDIBuilderCreateSubroutineType(cg->di, cg->di_file, types,
								 count + 1, LLVMDIFlagZero);
	LLVMMetadataRef scope = LLVMDIBuilderCreateFunction(
		cg->di, cg->di_file, name, strlen(name), "", 0, cg->di_file, line, type,
		is_local, true, line, LLVMDIFlagZero, true);
	for (unsigned int i = 0; i < count; i++) {
		LLVMDIBuilderCreateParameterVariable(cg->di, scope, names[i], strlen(names[i]),
						     i + 1, cg->di_file, line, types[i + 1], true,
						     LLVMDIFlagZero);
	}
	LLVMSetSubprogram(cg->function->llvm, scope);
	cg->function->scope = scope;
	debug_info_place(cg, loc);
}

void debug_info_function(struct codegen *cg, const char *name, enum debug_function kind,
			 struct loc loc)
{
	const char *names[PARAMETERS_MAX];
	bool is_pointer[PARAMETERS_MAX];
	unsigned int count = 0;

	for (; parameters[kind][count].name; count++) {
		names[count] = parameters[kind][count].name;
		is_pointer[count] = parameters[kind][count].is_pointer;
	}
	describe(cg, name, names, is_pointer, count, loc, kind != DEBUG_PROGRAM);
}

void debug_info_subprogram(struct codegen *cg, const char *name, const char *const *names,
			   const bool *is_pointer, unsigned int count, struct loc loc)
{
	describe(cg, name, names, is_pointer, count, loc, true);
}

void debug_info_place(struct codegen *cg, struct loc loc)
{
	if (!cg->di)
		return;
	struct loc_lines at;
	if (cg->places) {
		vec_push(cg->places, loc);
		at = (struct loc_lines){ .line = (uint32_t)cg->places->count };
	} else {
		at = place_in_script(cg, loc);
	}
	LLVMMetadataRef place = LLVMDIBuilderCreateDebugLocation(cg->context, at.line, at.column,
								 cg->function->scope, NULL);
	LLVMSetCurrentDebugLocation2(cg->builder, place);
}

void debug_info_enter(struct codegen *cg, struct loc loc)
{
	cg->place = loc;
	if (cg->places && loc.source)
		debug_info_place(cg, loc);
}

void debug_info_end(struct codegen *cg)
{
	LLVMDIBuilderFinalize(cg->di);
}
