/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the productions of grammar.y build.
 *
 * One function a form. The few mistakes that the grammar lets through because it would not be
 * LALR(1) otherwise are found here: targets of assignments, of ++ and of &, iterables of for, the
 * order of definitions.
 */
#include <string.h>
#include "parser/context.h"
#include "util/strmap.h"

/* --- lists ------------------------------------------------------------------------------------ */

struct expr_list *list_add(struct parser *p, struct expr_list *list, struct expr *e)
{
	if (!list)
		list = ARENA_NEW(p->arena, struct expr_list);
	arena_vec_push(p->arena, list, e);
	return list;
}

struct named_exprs *named_add(struct parser *p, struct named_exprs *list, struct loc loc,
			      const char *name, struct expr *e)
{
	if (!list)
		list = ARENA_NEW(p->arena, struct named_exprs);
	arena_vec_push(p->arena, &list->names, name);
	arena_vec_push(p->arena, &list->locs, loc);
	arena_vec_push(p->arena, &list->items, e);
	return list;
}

/* --- primary expressions ---------------------------------------------------------------------- */

struct expr *make_name(struct parser *p, struct loc loc, const char *name)
{
	struct expr *e = expr_new(p->arena, EXPR_NAME, loc);

	e->name.name = name;
	return e;
}

struct expr *make_variable(struct parser *p, struct loc loc, const char *name)
{
	struct expr *e = expr_new(p->arena, EXPR_VARIABLE, loc);

	e->variable.name = name;
	return e;
}

struct expr *make_map(struct parser *p, struct loc loc, const char *name, struct expr_list *keys)
{
	struct expr *e = expr_new(p->arena, EXPR_MAP, loc);

	e->map.name = name;
	if (!keys)
		return e;
	if (keys->count == 1) {
		e->map.key = keys->items[0];
		return e;
	}
	e->map.is_key_list = true;
	e->map.key = expr_new(p->arena, EXPR_TUPLE,
			      loc_join(keys->items[0]->loc, keys->items[keys->count - 1]->loc));
	e->map.key->tuple.items = *keys;
	return e;
}

struct expr *make_parameter(struct parser *p, struct loc loc, uint64_t index, bool is_count)
{
	struct expr *e = expr_new(p->arena, EXPR_PARAMETER, loc);

	e->parameter.index = index;
	e->parameter.is_count = is_count;
	return e;
}

struct expr *make_call(struct parser *p, struct loc loc, struct loc name_loc, const char *name,
		       struct expr_list *args, struct named_exprs *options)
{
	struct expr *e = expr_call(p->arena, loc, name);

	e->call.name_loc = name_loc;
	if (args)
		e->call.args = *args;
	if (options) {
		e->call.options = options->items;
		e->call.option_names = options->names.items;
		e->call.option_locs = options->locs.items;
	}
	return e;
}

struct expr *make_tuple(struct parser *p, struct loc loc, struct expr *first,
			struct expr_list *rest)
{
	struct expr *e = expr_new(p->arena, EXPR_TUPLE, loc);

	if (first)
		arena_vec_push(p->arena, &e->tuple.items, first);
	for (size_t i = 0; rest && i < rest->count; i++)
		arena_vec_push(p->arena, &e->tuple.items, rest->items[i]);
	return e;
}

static void check_duplicate_fields(struct parser *p, const struct named_exprs *fields)
{
	struct strmap seen = STRMAP_INIT;

	for (size_t i = 0; i < fields->names.count; i++) {
		struct loc *first = strmap_get(&seen, fields->names.items[i]);
		struct diag_msg *m;

		if (!first) {
			strmap_set(&seen, fields->names.items[i], &fields->locs.items[i]);
			continue;
		}
		m = diag_error(p->d, DIAG_DUPLICATE_FIELD, fields->locs.items[i],
			       "this record already has a field '%s'", fields->names.items[i]);
		diag_note(m, *first, "the first one is here");
	}
	strmap_free(&seen);
}

struct expr *make_record(struct parser *p, struct loc loc, struct named_exprs *fields)
{
	struct expr *e = expr_new(p->arena, EXPR_RECORD, loc);

	check_duplicate_fields(p, fields);
	e->record.items = fields->items;
	e->record.names = fields->names.items;
	return e;
}

struct expr *make_ternary(struct parser *p, struct expr *condition, struct expr *then,
			  struct expr *otherwise)
{
	struct expr *e = expr_new(p->arena, EXPR_TERNARY,
				  loc_join(condition->loc, otherwise->loc));

	e->ternary.condition = condition;
	e->ternary.then = then;
	e->ternary.otherwise = otherwise;
	return e;
}

struct expr *make_block(struct parser *p, struct block *b)
{
	struct expr *e = expr_new(p->arena, EXPR_BLOCK, b->loc);

	e->block.block = b;
	return e;
}

struct expr *make_branch(struct parser *p, struct loc loc, struct expr *condition,
			 struct block *then, struct expr *otherwise)
{
	struct expr *e = expr_new(p->arena, EXPR_IF, loc);

	e->branch.condition = condition;
	e->branch.then = make_block(p, then);
	e->branch.otherwise = otherwise;
	return e;
}

/* --- operators -------------------------------------------------------------------------------- */

/* What was to be changed if the `$` or `@` of a name was forgotten, or in the way of DTrace. */
static void hint_target(const struct expr *target, struct diag_msg *m)
{
	const struct expr *object = target->kind == EXPR_MEMBER ? target->member.object :
				    target->kind == EXPR_INDEX	? target->index.object : target;
	const char *name = object->kind == EXPR_NAME ? object->name.name : NULL;

	if (!name)
		return;
	if (target->kind == EXPR_INDEX)
		diag_hint(m, "maps start with '@': write @%s[…]", name);
	else if (target->kind == EXPR_MEMBER && !strcmp(name, "self"))
		diag_hint(m, "what belongs to a thread goes into a map: write @%s[tid]",
			  target->member.name);
	else if (target->kind == EXPR_MEMBER && !strcmp(name, "this"))
		diag_hint(m, "what belongs to a probe is a variable: write $%s",
			  target->member.name);
	else if (target->kind == EXPR_NAME)
		diag_hint(m, "write $%s for a variable of this probe, @%s for a map of all probes",
			  name, name);
}

static void check_increment(struct parser *p, const struct expr *e)
{
	const struct expr *target = e->increment.target;

	if (target->kind != EXPR_VARIABLE && target->kind != EXPR_MAP)
		hint_target(target,
			    diag_error(p->d, DIAG_BAD_TARGET, target->loc,
				       "%s works on a variable or a map only",
				       e->increment.is_decrement ? "--" : "++"));
}

struct expr *make_increment(struct parser *p, struct loc loc, struct expr *target,
			    bool is_decrement, bool is_prefix)
{
	struct expr *e = expr_new(p->arena, EXPR_INCREMENT, loc);

	e->increment.target = target;
	e->increment.is_decrement = is_decrement;
	e->increment.is_prefix = is_prefix;
	if (target)
		check_increment(p, e);
	return e;
}

struct expr *make_address_of(struct parser *p, struct loc loc, struct expr *operand)
{
	struct expr *e = expr_new(p->arena, EXPR_ADDRESS_OF, loc);

	if (operand->kind != EXPR_VARIABLE && (operand->kind != EXPR_MAP || operand->map.key))
		diag_error(p->d, DIAG_BAD_TARGET, operand->loc,
			   "& takes the address of a variable or of a whole map only");
	e->address_of.operand = operand;
	return e;
}

struct expr *make_cast(struct parser *p, struct loc loc, struct type_ref *to, struct expr *operand)
{
	struct expr *e = expr_new(p->arena, EXPR_CAST, loc);

	e->cast.to = to;
	e->cast.operand = operand;
	return e;
}

struct expr *make_comptime(struct parser *p, struct loc loc, struct expr *operand)
{
	struct expr *e = expr_new(p->arena, EXPR_COMPTIME, loc);

	e->comptime.operand = operand;
	return e;
}

struct expr *make_type_query(struct parser *p, enum expr_kind kind, struct loc loc,
			     struct type_or_expr of)
{
	struct expr *e = expr_new(p->arena, kind, loc);

	if (kind == EXPR_SIZEOF)
		e->size_of.of = of;
	else if (kind == EXPR_TYPEINFO)
		e->typeinfo.of = of;
	else
		e->type_operand.of = of;
	return e;
}

struct expr *make_offset_of(struct parser *p, struct loc loc, struct type_or_expr of,
			    struct named_exprs *path)
{
	struct expr *e = expr_new(p->arena, EXPR_OFFSETOF, loc);

	e->offset_of.of = of;
	e->offset_of.path = path->names.items;
	e->offset_of.path_count = (uint32_t)path->names.count;
	return e;
}

struct expr *make_member(struct parser *p, struct loc loc, const char *name)
{
	struct expr *e = expr_new(p->arena, EXPR_MEMBER, loc);

	e->member.name = name;
	e->member.name_loc = loc;
	return e;
}

struct expr *make_element(struct parser *p, struct loc loc, uint64_t index)
{
	struct expr *e = expr_new(p->arena, EXPR_ELEMENT, loc);

	if (index > UINT32_MAX)
		diag_error(p->d, DIAG_BAD_NUMBER, loc, "no tuple has that many elements");
	e->element.index = (uint32_t)index;
	return e;
}

struct expr *make_index(struct parser *p, struct loc loc, struct expr *index)
{
	struct expr *e = expr_new(p->arena, EXPR_INDEX, loc);

	e->index.index = index;
	return e;
}

struct expr *attach_suffix(struct parser *p, struct expr *object, struct expr *suffix)
{
	suffix->loc = loc_join(object->loc, suffix->loc);
	if (suffix->kind == EXPR_MEMBER) {
		suffix->member.object = object;
	} else if (suffix->kind == EXPR_ELEMENT) {
		suffix->element.object = object;
	} else if (suffix->kind == EXPR_INDEX) {
		suffix->index.object = object;
	} else {
		suffix->increment.target = object;
		check_increment(p, suffix);
	}
	return suffix;
}

/* --- chains of binary operators --------------------------------------------------------------- */

/* How strongly an operator binds (spec language.md §4.1); all are left-associative. */
static const unsigned char precedence[] = {
	[OP_LOGICAL_OR] = 1,
	[OP_LOGICAL_AND] = 2,
	[OP_OR] = 3,
	[OP_XOR] = 4,
	[OP_AND] = 5,
	[OP_EQ] = 6, [OP_NE] = 6,
	[OP_LT] = 7, [OP_GT] = 7, [OP_LE] = 7, [OP_GE] = 7,
	[OP_SHIFT_LEFT] = 8, [OP_SHIFT_RIGHT] = 8,
	[OP_ADD] = 9, [OP_SUB] = 9,
	[OP_MUL] = 10, [OP_DIV] = 10, [OP_MOD] = 10,
};

#define PRECEDENCE_LEVELS 10

/* Operators that wait for their right operand bind ever more strongly, so there are few of them:
 * operands[i] ops[i] operands[i + 1] … operands[count]. */
struct chain {
	struct chain *next_free;
	size_t count;
	struct expr *operands[PRECEDENCE_LEVELS + 1];
	enum ast_op ops[PRECEDENCE_LEVELS];
	struct loc op_locs[PRECEDENCE_LEVELS];
};

struct chain *chain_start(struct parser *p, struct expr *first)
{
	struct chain *c = p->free_chain;

	if (c)
		p->free_chain = c->next_free;
	else
		c = ARENA_NEW(p->arena, struct chain);
	c->count = 0;
	c->operands[0] = first;
	return c;
}

/* Combines everything that binds at least as strongly as level. */
static void reduce(struct parser *p, struct chain *c, unsigned int level)
{
	while (c->count && precedence[c->ops[c->count - 1]] >= level) {
		size_t i = --c->count;

		c->operands[i] = expr_binary(p->arena, c->ops[i], c->op_locs[i], c->operands[i],
					     c->operands[i + 1]);
	}
}

struct chain *chain_add(struct parser *p, struct chain *c, enum ast_op op, struct loc op_loc,
			struct expr *operand)
{
	reduce(p, c, precedence[op]);
	c->ops[c->count] = op;
	c->op_locs[c->count] = op_loc;
	c->operands[++c->count] = operand;
	return c;
}

struct expr *chain_finish(struct parser *p, struct chain *c)
{
	reduce(p, c, 0);
	c->next_free = p->free_chain;
	p->free_chain = c;
	return c->operands[0];
}

/* --- types ------------------------------------------------------------------------------------ */

struct type_ref *make_type(struct parser *p, struct loc loc, enum type_ref_keyword keyword,
			   const char *name)
{
	struct type_ref *t = ARENA_NEW(p->arena, struct type_ref);

	t->loc = loc;
	t->keyword = keyword;
	t->name = name;
	return t;
}

struct type_ref *make_typeof(struct parser *p, struct loc loc, struct type_or_expr of)
{
	struct type_ref *t = make_type(p, loc, TYPE_REF_PLAIN, NULL);

	t->typeof_expr = of.expr;
	t->typeof_type = of.type;
	return t;
}

struct type_ref *add_type_suffix(struct parser *p, struct loc loc, struct type_ref *t,
				 int64_t suffix)
{
	t->loc = loc;
	arena_vec_push(p->arena, &t->suffixes, suffix);
	return t;
}

struct type_ref *add_named_size(struct parser *p, struct loc loc, struct type_ref *t,
				struct loc name_loc, const char *name)
{
	struct named_size size = { name_loc, name, t->suffixes.count };

	arena_vec_push(p->arena, &t->sizes, size);
	p->program->has_named_sizes = true;
	return add_type_suffix(p, loc, t, 0);
}

int64_t array_suffix(struct parser *p, struct loc loc, uint64_t size)
{
	if (size && size <= INT32_MAX)
		return (int64_t)size;
	diag_error(p->d, DIAG_BAD_NUMBER, loc, "no array can have this size");
	return 1;
}

/* --- statements ------------------------------------------------------------------------------- */

static bool is_underscore(const struct expr *e)
{
	return e->kind == EXPR_NAME && !strcmp(e->name.name, "_");
}

struct stmt *make_assign(struct parser *p, struct loc loc, struct expr *target, enum ast_op op,
			 struct expr *value)
{
	struct stmt *s;

	if (is_underscore(target) && op == OP_NONE) {
		s = stmt_new(p->arena, STMT_DISCARD, loc);
		s->discard.value = value;
		return s;
	}
	if (target->kind == EXPR_MEMBER || target->kind == EXPR_ELEMENT ||
	    target->kind == EXPR_INDEX)
		hint_target(target,
			    diag_error(p->d, DIAG_BAD_TARGET, target->loc,
				       "invalid assignment target: elements and fields cannot be "
				       "changed"));
	else if (target->kind != EXPR_VARIABLE && target->kind != EXPR_MAP)
		hint_target(target,
			    diag_error(p->d, DIAG_BAD_TARGET, target->loc,
				       "invalid assignment target: only a variable or a map can be "
				       "assigned"));
	s = stmt_new(p->arena, STMT_ASSIGN, loc);
	s->assign.target = target;
	s->assign.op = op;
	s->assign.value = value;
	return s;
}

struct stmt *make_let(struct parser *p, struct loc loc, struct expr *variable,
		      struct type_ref *type, struct expr *value)
{
	struct stmt *s = stmt_new(p->arena, STMT_LET, loc);

	s->let.variable = variable;
	s->let.type = type;
	s->let.value = value;
	return s;
}

struct stmt *make_return(struct parser *p, struct loc loc, struct expr *value)
{
	struct stmt *s = stmt_new(p->arena, STMT_RETURN, loc);

	s->result.value = value;
	return s;
}

struct stmt *make_import(struct parser *p, struct loc loc, const char *path)
{
	struct stmt *s = stmt_new(p->arena, STMT_IMPORT, loc);

	s->import.path = path;
	return s;
}

struct stmt *make_while(struct parser *p, struct loc loc, struct expr *condition,
			struct block *body)
{
	struct stmt *s = stmt_new(p->arena, STMT_WHILE, loc);

	s->loop.condition = condition;
	s->loop.body = body;
	return s;
}

struct stmt *make_unroll(struct parser *p, struct loc loc, struct expr *count, struct block *body)
{
	struct stmt *s = stmt_new(p->arena, STMT_UNROLL, loc);

	s->unroll.count = count;
	s->unroll.body = body;
	return s;
}

struct stmt *make_for(struct parser *p, struct loc loc, struct expr *variable, struct expr *start,
		      struct expr *end, struct block *body)
{
	struct stmt *s = stmt_new(p->arena, end ? STMT_FOR_RANGE : STMT_FOR_MAP, loc);

	if (end) {
		s->for_range.variable = variable;
		s->for_range.start = start;
		s->for_range.end = end;
		s->for_range.body = body;
		return s;
	}
	if (start->kind != EXPR_MAP || start->map.key)
		diag_error(p->d, DIAG_BAD_ITERABLE, start->loc,
			   "'for' goes over a map (@m) or a range (0..10), and this is neither");
	s->for_map.variable = variable;
	s->for_map.map = start;
	s->for_map.body = body;
	return s;
}

/* --- blocks ----------------------------------------------------------------------------------- */

/* While a block is read, its value is the `if` or block that ended last: it stays the value only if
 * nothing follows. */
void block_end_statement(struct parser *p, struct block *b)
{
	if (b->value)
		arena_vec_push(p->arena, &b->statements, stmt_expr(p->arena, b->value));
	b->value = NULL;
}

void block_add(struct parser *p, struct block *b, struct stmt *s)
{
	block_end_statement(p, b);
	arena_vec_push(p->arena, &b->statements, s);
}

void block_add_braced(struct parser *p, struct block *b, struct expr *e)
{
	block_end_statement(p, b);
	b->value = e;
}

struct block *block_close(struct parser *p, struct block *b, struct loc loc, struct expr *value)
{
	b->loc = loc;
	if (value) {
		block_end_statement(p, b);
		b->value = value;
	}
	return b;
}

/* Makes statements of the trailing expressions in the branches of a last `if` (spec language.md
 * §8). */
static void drop_value(struct parser *p, struct block *b)
{
	struct expr *e = b->value;

	block_end_statement(p, b);
	for (; e && e->kind == EXPR_IF; e = e->branch.otherwise)
		drop_value(p, e->branch.then->block.block);
	if (e && e->kind == EXPR_BLOCK)
		drop_value(p, e->block.block);
}

struct block *block_as_body(struct parser *p, struct block *b)
{
	if (b->value && (b->value->kind == EXPR_IF || b->value->kind == EXPR_BLOCK))
		drop_value(p, b);
	return b;
}

/* --- definitions ------------------------------------------------------------------------------ */

/* Preprocessor lines and C definitions may stand anywhere between definitions: old scripts have
 * them there, and their order among themselves is all that matters. */
void add_c_text(struct parser *p, struct loc loc)
{
	struct ast_c_text *text = ARENA_NEW(p->arena, struct ast_c_text);

	text->loc = loc;
	arena_vec_push(p->arena, &p->program->c_texts, text);
}

static bool is_in_last_zone(const struct parser *p)
{
	const struct ast_program *program = p->program;

	return program->probes.count || program->macros.count || program->fns.count ||
	       program->map_decls.count;
}

void begin_config(struct parser *p, struct loc loc)
{
	struct diag_msg *m;

	if (p->program->config_loc.source) {
		m = diag_error(p->d, DIAG_DUPLICATE_CONFIG, loc,
			       "a program has only one config block");
		diag_note(m, p->program->config_loc, "the first one is here");
		return;
	}
	if (is_in_last_zone(p))
		diag_error(p->d, DIAG_ZONE, loc,
			   "the config block must stand before probes, macros, functions and map "
			   "declarations");
	p->program->config_loc = loc;
}

void add_config(struct parser *p, struct loc loc, const char *key, struct expr *value)
{
	struct ast_config_entry *entry = ARENA_NEW(p->arena, struct ast_config_entry);

	entry->loc = loc;
	entry->value_loc = value->loc;
	entry->key = key;
	entry->value = value;
	arena_vec_push(p->arena, &p->program->config, entry);
}

void add_import(struct parser *p, struct loc loc, const char *path)
{
	struct ast_import *import = ARENA_NEW(p->arena, struct ast_import);

	if (is_in_last_zone(p))
		diag_error(p->d, DIAG_ZONE, loc,
			   "imports must stand before probes, macros, functions and map "
			   "declarations");
	import->loc = loc;
	import->path = path;
	arena_vec_push(p->arena, &p->program->imports, import);
}

void add_map_decl(struct parser *p, struct loc loc, struct expr *map, const char *type,
		  struct loc type_loc, uint64_t capacity)
{
	struct ast_map_decl *decl = ARENA_NEW(p->arena, struct ast_map_decl);

	decl->loc = loc;
	decl->map = map;
	decl->type = type;
	decl->type_loc = type_loc;
	decl->capacity = capacity;
	arena_vec_push(p->arena, &p->program->map_decls, decl);
}

/* Names that mean something wherever they stand cannot get another meaning. */
static void check_macro_name(struct parser *p, struct loc loc, const char *name, const char *what)
{
	if (scan_is_builtin(name, strlen(name)))
		diag_hint(diag_error(p->d, DIAG_MACRO_NAME, loc,
				     "'%s' is a built-in variable and cannot be the name of a %s",
				     name, what),
			  "choose another name, such as my_%s", name);
}

static void check_macro_param(struct parser *p, const struct ast_macro *m,
			      const struct ast_macro_param *param)
{
	if (param->kind == MACRO_PARAM_EXPR)
		check_macro_name(p, param->loc, param->name, "parameter");
	for (size_t i = 0; i < m->params.count; i++) {
		const struct ast_macro_param *other = &m->params.items[i];

		if (other->kind != param->kind || strcmp(other->name, param->name) != 0)
			continue;
		diag_note(diag_error(p->d, DIAG_MACRO_PARAMETER, param->loc,
				     "this macro already has a parameter '%s'", param->name),
			  other->loc, "the first one is here");
		return;
	}
}

struct ast_macro *macro_add_param(struct parser *p, struct ast_macro *m, struct loc loc,
				  const char *name, int kind)
{
	struct ast_macro_param param = { .name = name, .loc = loc };

	if (!m)
		m = ARENA_NEW(p->arena, struct ast_macro);
	if (!name)
		return m;
	param.kind = kind;
	check_macro_param(p, m, &param);
	arena_vec_push(p->arena, &m->params, param);
	return m;
}

void add_macro(struct parser *p, struct loc loc, struct loc name_loc, const char *name,
	       struct ast_macro *m, struct block *body)
{
	check_macro_name(p, name_loc, name, "macro");
	m->loc = loc;
	m->name_loc = name_loc;
	m->name = name;
	m->body = body;
	arena_vec_push(p->arena, &p->program->macros, m);
}

struct ast_fn *fn_add_param(struct parser *p, struct ast_fn *fn, struct loc loc, const char *name,
			    struct type_ref *type)
{
	struct ast_fn_param param = { .name = name, .loc = loc, .type = type };

	if (!fn)
		fn = ARENA_NEW(p->arena, struct ast_fn);
	if (name)
		arena_vec_push(p->arena, &fn->params, param);
	return fn;
}

void add_fn(struct parser *p, struct loc loc, struct loc name_loc, const char *name,
	    struct ast_fn *fn, struct type_ref *result, struct block *body)
{
	fn->loc = loc;
	fn->name_loc = name_loc;
	fn->name = name;
	fn->result = result;
	fn->body = body;
	arena_vec_push(p->arena, &p->program->fns, fn);
}

struct ast_attach_point *point_or(struct parser *p, struct ast_attach_point *first,
				  struct ast_attach_point *other)
{
	if (!other->user_name)
		other->user_name = first->user_name;
	arena_vec_push(p->arena, &first->others, other);
	return first;
}

struct ast_probe *probe_add_point(struct parser *p, struct ast_probe *probe,
				  struct ast_attach_point *point)
{
	if (!probe)
		probe = ARENA_NEW(p->arena, struct ast_probe);
	arena_vec_push(p->arena, &probe->points, point);
	return probe;
}

void add_probe(struct parser *p, struct loc loc, struct loc head_loc, struct ast_probe *probe,
	       struct expr *predicate, struct block *body)
{
	probe->loc = loc;
	probe->head_loc = head_loc;
	probe->predicate = predicate;
	probe->body = body;
	arena_vec_push(p->arena, &p->program->probes, probe);
}
