/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dump of a tree: one node a line, two spaces of indentation a level, children in the order of
 * the source. Golden tests compare it, so its form only grows.
 *
 * A node's line is its kind, then what is special about it, then its type and place if wanted.
 * Children that could be mistaken for one another stand below a word (`else`, `body`, `key`).
 */
#include "ast/ast.h"
#include "util/text.h"

#define INDENT_MAX 200 /* deeper lines are indented no further: a chain may have thousands */

struct printer {
	FILE *f;
	const struct ast_print_options *options;
};

static void print_expr(const struct printer *p, const struct expr *e, int depth);
static void print_block(const struct printer *p, const struct block *b, int depth);

static void indent(const struct printer *p, int depth)
{
	fprintf(p->f, "%*s", 2 * MIN(depth, INDENT_MAX), "");
}

static void end_line(const struct printer *p, struct loc loc)
{
	if (p->options->show_places && loc.source) {
		struct loc_lines at = loc_lines(loc);

		fprintf(p->f, " <%u:%u-%u:%u>", at.line, at.column, at.line_end, at.column_end);
	}
	fputc('\n', p->f);
}

/* A line that is no node: a word that groups the children below it. */
static void print_word(const struct printer *p, int depth, const char *word)
{
	indent(p, depth);
	fprintf(p->f, "%s\n", word);
}

/* A child below a word, if there is one. */
static void print_part(const struct printer *p, int depth, const char *word, const struct expr *e)
{
	if (!e)
		return;
	print_word(p, depth, word);
	print_expr(p, e, depth + 1);
}

static void print_quoted(const struct printer *p, const char *bytes, size_t len)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;

	text_escape_json(&text, bytes, len);
	fprintf(p->f, "\"%s\"", strbuf_text(&text));
}

static void print_type_name(const struct printer *p, const struct type_ref *t)
{
	static const char *const keywords[] = {
		[TYPE_REF_PLAIN] = "", [TYPE_REF_STRUCT] = "struct ",
		[TYPE_REF_UNION] = "union ", [TYPE_REF_ENUM] = "enum ",
	};

	fprintf(p->f, "%s%s", keywords[t->keyword], t->name ? t->name : "typeof()");
	for (size_t i = 0; i < t->suffixes.count; i++) {
		int64_t suffix = t->suffixes.items[i];

		if (suffix < 0)
			fputc('*', p->f);
		else if (!suffix)
			fputs("[]", p->f);
		else
			fprintf(p->f, "[%lld]", (long long)suffix);
	}
}

/* A type on a line of its own, with what a typeof holds below. */
static void print_type_ref(const struct printer *p, int depth, const struct type_ref *t)
{
	for (; t; t = t->typeof_type, depth++) {
		indent(p, depth);
		fputs("type ", p->f);
		print_type_name(p, t);
		end_line(p, t->loc);
		if (t->typeof_expr)
			print_expr(p, t->typeof_expr, depth + 1);
	}
}

static void print_operand(const struct printer *p, int depth, const struct type_or_expr *of)
{
	print_type_ref(p, depth, of->type);
	if (of->expr)
		print_expr(p, of->expr, depth);
}

/* What stands behind the kind on the node's own line. */
static void print_head(const struct printer *p, const struct expr *e)
{
	switch (e->kind) {
	case EXPR_INTEGER:
		if (e->integer.is_negative)
			fprintf(p->f, " %lld", (long long)e->integer.value);
		else
			fprintf(p->f, " %llu", (unsigned long long)e->integer.value);
		if (e->integer.enumerator)
			fprintf(p->f, " %s", e->integer.enumerator);
		break;
	case EXPR_STRING:
		fputc(' ', p->f);
		print_quoted(p, e->string.bytes, e->string.len);
		break;
	case EXPR_BOOLEAN:
		fputs(e->boolean.value ? " true" : " false", p->f);
		break;
	case EXPR_NAME:
		fprintf(p->f, " %s", e->name.name);
		break;
	case EXPR_PARAMETER:
		if (e->parameter.is_count)
			fputs(" $#", p->f);
		else
			fprintf(p->f, " $%llu", (unsigned long long)e->parameter.index);
		break;
	case EXPR_VARIABLE:
		fprintf(p->f, " $%s", e->variable.name);
		break;
	case EXPR_MAP:
		fprintf(p->f, " @%s%s", e->map.name, e->map.is_key_list ? " key list" : "");
		break;
	case EXPR_UNARY:
		fprintf(p->f, " %s", ast_op_text(e->unary.op));
		break;
	case EXPR_BINARY:
		fprintf(p->f, " %s", ast_op_text(e->binary.op));
		break;
	case EXPR_INCREMENT:
		fprintf(p->f, " %s %s", e->increment.is_prefix ? "prefix" : "postfix",
			e->increment.is_decrement ? "--" : "++");
		break;
	case EXPR_MEMBER:
		fprintf(p->f, " .%s", e->member.name);
		break;
	case EXPR_ELEMENT:
		fprintf(p->f, " .%u", e->element.index);
		break;
	case EXPR_CALL:
		fprintf(p->f, " %s%s", e->call.name, e->call.is_bare ? "" : "()");
		break;
	case EXPR_CAST:
		if (e->cast.is_implicit)
			fputs(" implicit", p->f);
		break;
	case EXPR_OFFSETOF:
		for (uint32_t i = 0; i < e->offset_of.path_count; i++)
			fprintf(p->f, "%s%s", i ? "." : " ", e->offset_of.path[i]);
		break;
	case EXPR_TERNARY:
	case EXPR_IF:
	case EXPR_BLOCK:
	case EXPR_INDEX:
	case EXPR_TUPLE:
	case EXPR_RECORD:
	case EXPR_SIZEOF:
	case EXPR_TYPEINFO:
	case EXPR_TYPE:
	case EXPR_COMPTIME:
	case EXPR_ADDRESS_OF:
	case EXPR_KIND_COUNT:
		break;
	}
}

static void print_lower(const struct printer *p, const char *name)
{
	for (; *name; name++)
		fputc(*name >= 'A' && *name <= 'Z' ? *name - 'A' + 'a' : *name, p->f);
}

static void print_node(const struct printer *p, const struct expr *e, int depth)
{
	indent(p, depth);
	print_lower(p, expr_kind_name(e->kind));
	print_head(p, e);
	if (p->options->show_types && e->type)
		fprintf(p->f, " : %s", e->type->spelling);
	end_line(p, e->loc);
}

static void print_named(const struct printer *p, const char **names, const struct expr_list *items,
			int depth)
{
	for (size_t i = 0; i < items->count; i++)
		print_part(p, depth, names[i], items->items[i]);
}

static void print_list(const struct printer *p, const struct expr_list *list, int depth)
{
	for (size_t i = 0; i < list->count; i++)
		print_expr(p, list->items[i], depth);
}

/* Everything below the node's line. BINARY and IF are the loop's of print_expr(). */
static void print_children(const struct printer *p, const struct expr *e, int depth)
{
	switch (e->kind) {
	case EXPR_INTEGER:
	case EXPR_STRING:
	case EXPR_BOOLEAN:
	case EXPR_NAME:
	case EXPR_PARAMETER:
	case EXPR_VARIABLE:
	case EXPR_BINARY:
	case EXPR_IF:
	case EXPR_KIND_COUNT:
		break;
	case EXPR_MAP:
		if (e->map.key)
			print_expr(p, e->map.key, depth);
		break;
	case EXPR_UNARY:
		print_expr(p, e->unary.operand, depth);
		break;
	case EXPR_INCREMENT:
		print_expr(p, e->increment.target, depth);
		break;
	case EXPR_TERNARY:
		print_expr(p, e->ternary.condition, depth);
		print_part(p, depth, "then", e->ternary.then);
		print_part(p, depth, "else", e->ternary.otherwise);
		break;
	case EXPR_BLOCK:
		print_block(p, e->block.block, depth);
		break;
	case EXPR_MEMBER:
		print_expr(p, e->member.object, depth);
		break;
	case EXPR_ELEMENT:
		print_expr(p, e->element.object, depth);
		break;
	case EXPR_INDEX:
		print_expr(p, e->index.object, depth);
		print_expr(p, e->index.index, depth);
		break;
	case EXPR_CALL:
		print_list(p, &e->call.args, depth);
		print_named(p, e->call.option_names, &e->call.options, depth);
		break;
	case EXPR_CAST:
		print_type_ref(p, depth, e->cast.to);
		print_expr(p, e->cast.operand, depth);
		break;
	case EXPR_TUPLE:
		print_list(p, &e->tuple.items, depth);
		break;
	case EXPR_RECORD:
		print_named(p, e->record.names, &e->record.items, depth);
		break;
	case EXPR_SIZEOF:
		print_operand(p, depth, &e->size_of.of);
		break;
	case EXPR_OFFSETOF:
		print_operand(p, depth, &e->offset_of.of);
		break;
	case EXPR_TYPEINFO:
		print_operand(p, depth, &e->typeinfo.of);
		break;
	case EXPR_TYPE:
		print_operand(p, depth, &e->type_operand.of);
		break;
	case EXPR_COMPTIME:
		print_expr(p, e->comptime.operand, depth);
		break;
	case EXPR_ADDRESS_OF:
		print_expr(p, e->address_of.operand, depth);
		break;
	}
}

/* if, then, else if, then, …, else: a loop down the chain. */
static void print_branches(const struct printer *p, const struct expr *e, int depth)
{
	for (; e && e->kind == EXPR_IF; e = e->branch.otherwise, depth++) {
		print_node(p, e, depth);
		print_expr(p, e->branch.condition, depth + 1);
		print_part(p, depth + 1, "then", e->branch.then);
		if (e->branch.otherwise)
			print_word(p, ++depth, "else");
	}
	if (e)
		print_expr(p, e, depth);
}

/* All operators of a chain from the last to the first, then operands from the first to the last. */
static void print_chain(const struct printer *p, const struct expr *e, int depth)
{
	struct spine VEC_OF(const struct expr *) spine = { 0 };

	for (; e->kind == EXPR_BINARY; e = e->binary.left) {
		print_node(p, e, depth + (int)spine.count);
		vec_push(&spine, e);
	}
	print_expr(p, e, depth + (int)spine.count);
	for (size_t i = spine.count; i-- > 0;)
		print_expr(p, spine.items[i]->binary.right, depth + (int)i + 1);
	vec_free(&spine);
}

static void print_expr(const struct printer *p, const struct expr *e, int depth)
{
	if (e->kind == EXPR_BINARY) {
		print_chain(p, e, depth);
	} else if (e->kind == EXPR_IF) {
		print_branches(p, e, depth);
	} else {
		print_node(p, e, depth);
		print_children(p, e, depth + 1);
	}
}

static void print_body(const struct printer *p, const struct block *b, int depth)
{
	print_word(p, depth, "body");
	print_block(p, b, depth + 1);
}

static void print_stmt_children(const struct printer *p, const struct stmt *s, int depth)
{
	switch (s->kind) {
	case STMT_EXPR:
		print_expr(p, s->expr.value, depth);
		break;
	case STMT_DISCARD:
		print_expr(p, s->discard.value, depth);
		break;
	case STMT_ASSIGN:
		print_expr(p, s->assign.target, depth);
		print_expr(p, s->assign.value, depth);
		break;
	case STMT_LET:
		print_expr(p, s->let.variable, depth);
		print_type_ref(p, depth, s->let.type);
		if (s->let.value)
			print_expr(p, s->let.value, depth);
		break;
	case STMT_WHILE:
		print_expr(p, s->loop.condition, depth);
		print_body(p, s->loop.body, depth);
		break;
	case STMT_UNROLL:
		print_expr(p, s->unroll.count, depth);
		print_body(p, s->unroll.body, depth);
		break;
	case STMT_FOR_RANGE:
		print_expr(p, s->for_range.variable, depth);
		print_expr(p, s->for_range.start, depth);
		print_expr(p, s->for_range.end, depth);
		print_body(p, s->for_range.body, depth);
		break;
	case STMT_FOR_MAP:
		print_expr(p, s->for_map.variable, depth);
		print_expr(p, s->for_map.map, depth);
		print_body(p, s->for_map.body, depth);
		break;
	case STMT_RETURN:
		if (s->result.value)
			print_expr(p, s->result.value, depth);
		break;
	case STMT_BREAK:
	case STMT_CONTINUE:
	case STMT_IMPORT:
	case STMT_KIND_COUNT:
		break;
	}
}

static void print_stmt(const struct printer *p, const struct stmt *s, int depth)
{
	indent(p, depth);
	fputs("stmt ", p->f);
	print_lower(p, stmt_kind_name(s->kind));
	if (s->kind == STMT_ASSIGN)
		fprintf(p->f, " %s=", ast_op_text(s->assign.op));
	if (s->kind == STMT_IMPORT) {
		fputc(' ', p->f);
		print_quoted(p, s->import.path, strlen(s->import.path));
	}
	end_line(p, s->loc);
	print_stmt_children(p, s, depth + 1);
}

static void print_block(const struct printer *p, const struct block *b, int depth)
{
	for (size_t i = 0; i < b->statements.count; i++)
		print_stmt(p, b->statements.items[i], depth);
	print_part(p, depth, "value", b->value);
}

/* --- the program ------------------------------------------------------------------------------ */

static void print_zone_one(const struct printer *p, const struct ast_program *program)
{
	for (size_t i = 0; i < program->c_texts.count; i++) {
		struct loc loc = program->c_texts.items[i]->loc;

		print_word(p, 1, "c");
		indent(p, 2);
		print_quoted(p, loc.source->text + loc.start, loc.end - loc.start);
		end_line(p, loc);
	}
	for (size_t i = 0; i < program->config.count; i++) {
		const struct ast_config_entry *entry = program->config.items[i];

		indent(p, 1);
		fprintf(p->f, "config %s", entry->key);
		end_line(p, entry->loc);
		print_expr(p, entry->value, 2);
	}
	for (size_t i = 0; i < program->imports.count; i++) {
		const struct ast_import *import = program->imports.items[i];

		indent(p, 1);
		fputs("import ", p->f);
		print_quoted(p, import->path, strlen(import->path));
		end_line(p, import->loc);
	}
}

static void print_map_decl(const struct printer *p, const struct ast_map_decl *m)
{
	indent(p, 1);
	fprintf(p->f, "map_decl @%s %s %llu", m->map->map.name, m->type,
		(unsigned long long)m->capacity);
	end_line(p, m->loc);
}

static void print_macro(const struct printer *p, const struct ast_macro *m)
{
	static const char *const sigils[] = {
		[MACRO_PARAM_EXPR] = "", [MACRO_PARAM_VARIABLE] = "$", [MACRO_PARAM_MAP] = "@",
	};

	indent(p, 1);
	fprintf(p->f, "macro %s(", m->name);
	for (size_t i = 0; i < m->params.count; i++)
		fprintf(p->f, "%s%s%s", i ? ", " : "", sigils[m->params.items[i].kind],
			m->params.items[i].name);
	fputc(')', p->f);
	end_line(p, m->loc);
	print_block(p, m->body, 2);
}

static void print_fn(const struct printer *p, const struct ast_fn *fn)
{
	indent(p, 1);
	fprintf(p->f, "fn %s", fn->name);
	end_line(p, fn->loc);
	for (size_t i = 0; i < fn->params.count; i++) {
		indent(p, 2);
		fprintf(p->f, "param $%s", fn->params.items[i].name);
		end_line(p, fn->params.items[i].loc);
		print_type_ref(p, 3, fn->params.items[i].type);
	}
	print_word(p, 2, "result");
	print_type_ref(p, 3, fn->result);
	print_body(p, fn->body, 2);
}

static void print_point(const struct printer *p, int depth, const struct ast_attach_point *point)
{
	indent(p, depth);
	fputs(depth == 2 ? "point " : "otherwise ", p->f);
	print_quoted(p, point->text, strlen(point->text));
	if (point->user_name)
		fprintf(p->f, " named %s", point->user_name);
	end_line(p, point->loc);
	for (size_t i = 0; i < point->others.count; i++)
		print_point(p, depth + 1, point->others.items[i]);
}

static void print_probe(const struct printer *p, const struct ast_probe *probe)
{
	indent(p, 1);
	fputs("probe", p->f);
	end_line(p, probe->loc);
	for (size_t i = 0; i < probe->points.count; i++)
		print_point(p, 2, probe->points.items[i]);
	print_part(p, 2, "predicate", probe->predicate);
	print_body(p, probe->body, 2);
}

void ast_print(FILE *f, const struct ast_program *program, const struct ast_print_options *options)
{
	struct printer p = { f, options };

	print_word(&p, 0, "program");
	print_zone_one(&p, program);
	for (size_t i = 0; i < program->map_decls.count; i++)
		print_map_decl(&p, program->map_decls.items[i]);
	for (size_t i = 0; i < program->macros.count; i++)
		print_macro(&p, program->macros.items[i]);
	for (size_t i = 0; i < program->fns.count; i++)
		print_fn(&p, program->fns.items[i]);
	for (size_t i = 0; i < program->probes.count; i++)
		print_probe(&p, program->probes.items[i]);
}

void ast_print_block(FILE *f, const struct block *b, int depth,
		     const struct ast_print_options *options)
{
	print_block(&(struct printer){ f, options }, b, depth);
}

void ast_print_expr(FILE *f, const struct expr *e, int depth,
		    const struct ast_print_options *options)
{
	print_expr(&(struct printer){ f, options }, e, depth);
}
