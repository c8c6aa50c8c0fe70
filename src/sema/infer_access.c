/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types of what lies inside of other values: members, tuple elements, array elements, what pointers
 * lead to (spec language.md §4.6).
 *
 * A C struct knows the memory it lies in (its space), and what is taken out of it lies there too.
 */
#include "sema/hints.h"
#include "sema/pass.h"
#include "util/text.h"

#define SPELLING_MAX 100 /* of types in this message: records spell all their fields */

/* A type as found in memory of the given space. */
static const struct type *in_space(struct sema *s, const struct type *t, enum type_space space)
{
	if (t->kind == TYPE_STRUCT)
		return type_struct(&s->types, t->record, space);
	if (t->kind == TYPE_ARRAY)
		return type_array(&s->types, in_space(s, t->element, space), t->count);
	/* Pointers in user memory are the user's; those of the script's structs lead to where the
	 * struct lies. */
	if (t->kind == TYPE_POINTER &&
	    (space == SPACE_USER || (space == SPACE_KERNEL && t->space == SPACE_UNKNOWN)))
		return type_pointer(&s->types, t->element, space);
	return t;
}

/* --- members ---------------------------------------------------------------------------------- */

static void offer_names(struct text_nearest *n, const struct field *fields, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct type *t = fields[i].type;

		if (fields[i].name && !fields[i].is_hidden)
			text_nearest_offer(n, fields[i].name);
		else if (!fields[i].name && t->kind == TYPE_STRUCT && type_complete(t))
			offer_names(n, t->record->fields, t->record->field_count);
	}
}

static bool equal_without_underscores(const char *a, const char *b)
{
	return !strcmp(a + strspn(a, "_"), b + strspn(b, "_"));
}

/* Where a member may have gone in other versions of a struct: behind underscores (task_struct.state
 * became __state in 5.14, 2f064a59a11f), or into a struct inside (.cpu is thread_info.cpu). */
struct moved_search {
	const char *name;
	struct strbuf path;
	uint32_t left; /* structs that may still be looked into */
};

static bool find_moved(struct moved_search *m, const struct type *t, int depth)
{
	size_t len = m->path.len;

	if (!m->left || depth > 4 || !type_complete(t))
		return false;
	m->left--;
	for (uint32_t i = 0; i < t->record->field_count; i++) {
		const struct field *f = &t->record->fields[i];

		if (f->name && equal_without_underscores(f->name, m->name)) {
			strbuf_add_text(&m->path, f->name);
			return true;
		}
	}
	for (uint32_t i = 0; i < t->record->field_count; i++) {
		const struct field *f = &t->record->fields[i];

		if (f->type->kind != TYPE_STRUCT)
			continue;
		if (f->name)
			strbuf_printf(&m->path, "%s.", f->name);
		if (find_moved(m, f->type, depth + 1))
			return true;
		m->path.len = len;
	}
	return false;
}

static bool suggest_moved(struct diag_msg *msg, const char *name, const struct type *t)
{
	struct moved_search m = { .name = name, .left = 200 };
	bool is_found = t->kind == TYPE_STRUCT && find_moved(&m, t, 0);

	if (is_found)
		diag_did_you_mean(msg, m.path.text);
	strbuf_free(&m.path);
	return is_found;
}

void report_unknown_field(struct sema *s, struct loc at, const char *name, const struct type *t)
{
	struct text_nearest nearest;
	const char *members = t->kind == TYPE_STRUCT ? hint_fields(s, t) : NULL;
	struct diag_msg *m;

	text_nearest_init(&nearest, name);
	if (t->kind == TYPE_RECORD)
		offer_names(&nearest, t->fields, t->count);
	else
		offer_names(&nearest, t->record->fields, t->record->field_count);
	if (t == sema_first_probe(s)->args)
		m = diag_error(s->diag, DIAG_UNKNOWN_FIELD, at, "%s has no argument '%s'",
			       sema_first_probe(s)->name, name);
	else if (strlen(t->spelling) > SPELLING_MAX)
		m = diag_error(s->diag, DIAG_UNKNOWN_FIELD, at, "the record has no member '%s'",
			       name);
	else
		m = diag_error(s->diag, DIAG_UNKNOWN_FIELD, at, "'%s' has no member '%s'",
			       t->spelling, name);
	if (suggest_moved(m, name, t))
		return;
	if (!nearest.best && members && !strstr(members, "…")) /* the first of many are no help */
		diag_hint(m, t == sema_first_probe(s)->args ? "its arguments are: %s" :
							      "its members are: %s", members);
	if (t == sema_first_probe(s)->args && sema_first_probe(s)->ops->retval &&
	    (!strcmp(name, "retval") || !strcmp(name, "ret")))
		diag_hint(m, "write retval, without args");
	diag_did_you_mean(m, nearest.best);
}

/* What exists and has no value of its own: parts of all tracepoints, and arguments that the calling
 * convention does not put into one register. */
static void report_hidden_field(struct sema *s, const struct expr *e)
{
	const struct probe *p = sema_first_probe(s);

	if (p->ops->flags & PROBE_REGISTERS)
		diag_hint(diag_error(s->diag, DIAG_HIDDEN_FIELD, e->member.name_loc,
				     "the argument '%s' is passed on the stack or in several registers: "
				     "it cannot be read by name", e->member.name),
			  "fentry:%s has it, where the kernel has fentry", p->event);
	else
		diag_error(s->diag, DIAG_HIDDEN_FIELD, e->member.name_loc,
			   "'%s' belongs to the header of all tracepoints: it cannot be read",
			   e->member.name);
}

static void report_field(struct sema *s, const struct expr *e, const struct type *t)
{
	struct diag_msg *m;

	if (t->kind != TYPE_STRUCT && t->kind != TYPE_RECORD) {
		diag_error(s->diag, DIAG_NOT_A_STRUCT, e->loc,
			   "'%s' has no members: it is no struct", t->spelling);
		return;
	}
	if (t->kind == TYPE_STRUCT && !type_complete(t)) {
		m = diag_error(s->diag, DIAG_UNKNOWN_TYPE, e->member.object->loc,
			       "the members of '%s' are not known", t->spelling);
		if (s->host && host_btf_missing(s->host))
			diag_hint(m, "%s", host_btf_missing(s->host));
	} else if (e->member.field.is_hidden) {
		report_hidden_field(s, e);
	} else {
		report_unknown_field(s, e->member.name_loc, e->member.name, t);
	}
}

/* Pointers to pointers are followed until one leads to a value. */
static const struct type *follow(struct sema *s, struct expr **object, const struct type *t)
{
	while (t->kind == TYPE_POINTER && t->element->kind == TYPE_POINTER) {
		*object = expr_unary(s->arena, (*object)->loc, OP_DEREFERENCE, *object);
		t = in_space(s, t->element, (enum type_space)t->space);
		(*object)->type = t;
	}
	return t->kind == TYPE_POINTER ? in_space(s, t->element, (enum type_space)t->space) : t;
}

/* char[N] of a C definition may be full: its value has room for a NUL behind it. */
static const struct type *terminated(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;
	const struct type *bytes = e->member.field.type;
	const struct type *value = type_string(&s->types, bytes->size + 1);

	if (!s->is_final)
		return value;
	e->type = bytes;
	*slot = expr_convert(s->arena, e, value);
	return value;
}

/* The pointer that leads to the struct of a member, and how far behind it the member lies; NULL: no
 * pointer does so directly. */
static struct expr *pointer_to_member(const struct expr *e, uint64_t *offset)
{
	struct expr *object = e->member.object;

	*offset = e->member.field.offset;
	while (object->kind == EXPR_MEMBER && object->type->kind == TYPE_STRUCT) {
		*offset += object->member.field.offset;
		object = object->member.object;
	}
	if (object->kind == EXPR_UNARY && object->unary.op == OP_DEREFERENCE)
		object = object->unary.operand;
	return object->type->kind == TYPE_POINTER ? object : NULL;
}

/* An array without a size, in the kernel's or the user's memory, is the address where it begins, as in
 * C: its end is not known, and str() wants to read what is there. */
static const struct type *decayed(struct sema *s, struct expr **slot, enum type_space space)
{
	struct expr *e = *slot, *sum, *pointer;
	const struct type *word = type_int(&s->types, 8, false);
	const struct type *element = e->member.field.type->element;
	uint64_t offset;

	pointer = pointer_to_member(e, &offset);
	if (!pointer)
		return NULL;
	element = type_pointer(&s->types, in_space(s, element, space), space);
	if (!s->is_final)
		return element;
	sum = expr_binary(s->arena, OP_ADD, e->loc, expr_convert(s->arena, pointer, word),
			  expr_convert(s->arena, expr_integer(s->arena, e->loc, offset), word));
	sum->binary.right->cast.operand->type = type_of_literal(&s->types, offset, false);
	sum->type = word;
	*slot = expr_convert(s->arena, sum, element);
	return element;
}

static bool is_endless(const struct field *f, enum type_space space)
{
	return f->type->kind == TYPE_ARRAY && !f->type->count && space != SPACE_BPF &&
	       space != SPACE_CONTEXT && space != SPACE_SYSCALL;
}

/* --- quantiles -------------------------------------------------------------------------------- */

static void unknown_quantile(struct sema *s, const struct expr *e)
{
	struct text_nearest nearest;
	struct diag_msg *m;

	text_nearest_init(&nearest, e->member.name);
	for (int i = 0; i < QUANTILE_MEMBER_COUNT; i++)
		text_nearest_offer(&nearest, program_quantile_name((enum quantile_member)i));
	m = diag_error(s->diag, DIAG_UNKNOWN_FIELD, e->member.name_loc,
		       "quantiles have no member '%s'", e->member.name);
	if (nearest.best)
		diag_did_you_mean(m, nearest.best);
	diag_hint(m, "members are:%s", program_quantile_names());
}

/* @m[k].p99: no value of the program, but something that user space reads when it prints. */
static const struct type *infer_quantile(struct sema *s, struct expr *e)
{
	const struct map_symbol *m = e->member.object->map.symbol;
	int member = program_quantile_member(e->member.name);
	struct diag_msg *msg;

	e->member.field = (struct field){ .name = e->member.name, .offset = (uint32_t)member };
	if (s->is_final && member < 0) {
		unknown_quantile(s, e);
		return infer_failed(s);
	}
	if (s->is_final && s->printed != e) {
		msg = diag_error(s->diag, DIAG_QUANTILE_READ, e->loc,
				 "a quantile is found when it is printed: it has no value in the "
				 "program");
		diag_hint(msg, "it can only be printed: print(@%s%s.%s), or as an argument of "
			  "printf()", m->name, m->is_keyed ? "[...]" : "", e->member.name);
		return infer_failed(s);
	}
	return type_quantile_member(&s->types, m->value_type->is_signed && member != QUANTILE_COUNT,
				    m->key_type ? type_size(m->key_type) : 0);
}

static bool is_of_quantiles(struct sema *s, struct expr **object)
{
	if ((*object)->kind != EXPR_MAP)
		return false;
	sema_infer_expr(s, object);
	return (*object)->type && (*object)->type->kind == TYPE_QUANTILE;
}

const struct type *infer_member(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;
	const struct type *t, *address = NULL;
	enum type_space space;

	if (is_of_quantiles(s, &e->member.object))
		return infer_quantile(s, e);
	t = infer_value(s, &e->member.object);
	if (!t)
		return infer_failed(s);
	t = follow(s, &e->member.object, t);
	if (!type_find_field(t, e->member.name, &e->member.field))
		e->member.field = (struct field){ 0 };
	if (!e->member.field.type || e->member.field.is_hidden) {
		if (s->is_final)
			report_field(s, e, t);
		return infer_failed(s);
	}
	if (e->member.field.is_unterminated)
		return terminated(s, slot);
	space = t->kind == TYPE_STRUCT ? (enum type_space)t->space : SPACE_BPF;
	if (is_endless(&e->member.field, space))
		address = decayed(s, slot, space);
	return address ? address : in_space(s, e->member.field.type, space);
}

const struct type *infer_element(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;
	const struct type *t = infer_value(s, &e->element.object);

	if (!t)
		return infer_failed(s);
	if (t->kind == TYPE_TUPLE && e->element.index < t->count)
		return t->fields[e->element.index].type;
	if (!s->is_final)
		return NULL;
	if (e->element.object->kind == EXPR_INTEGER)
		diag_hint(diag_error(s->diag, DIAG_NOT_A_STRUCT, e->loc,
				     "there are no numbers with fractions"),
			  "count in smaller units: nanoseconds, permille");
	else if (t->kind != TYPE_TUPLE)
		diag_error(s->diag, DIAG_NOT_A_STRUCT, e->loc,
			   "'%s' has no element %u: it is no tuple", t->spelling, e->element.index);
	else
		diag_error(s->diag, DIAG_INDEX_RANGE, e->loc,
			   "tuple index %u out of range: '%s' has %u elements", e->element.index,
			   t->spelling, t->count);
	return s->types.none;
}

/* --- indexes ---------------------------------------------------------------------------------- */

static bool is_index_good(struct sema *s, const struct expr *e, const struct type *index)
{
	const struct expr *i = e->index.index;
	const struct type *view = integer_view(s, index);
	struct diag_msg *m;

	if (!view || index->kind == TYPE_BOOL) {
		if (s->is_final)
			diag_error(s->diag, DIAG_BAD_INDEX, i->loc,
				   "an index must be an integer, not '%s'", index->spelling);
		return false;
	}
	if (i->kind == EXPR_INTEGER ? !i->integer.is_negative : !view->is_signed)
		return true;
	if (s->is_final) {
		m = diag_error(s->diag, DIAG_BAD_INDEX, i->loc,
			       "an index must not be %s", i->kind == EXPR_INTEGER ? "negative"
									       : "signed");
		if (i->kind != EXPR_INTEGER)
			diag_hint(m, "cast it: (uint64)…");
	}
	return false;
}

/* It goes on behind the struct, which a copy of that does not. */
bool sema_is_flexible_array(const struct expr *e)
{
	const struct type *owner;

	if (e->kind != EXPR_MEMBER || e->type->kind != TYPE_ARRAY || e->type->count)
		return false;
	owner = e->member.object->type;
	return owner && (owner->kind == TYPE_POINTER || owner->kind == TYPE_STRUCT) &&
	       owner->space != SPACE_BPF && owner->space != SPACE_CONTEXT;
}

static bool is_in_range(struct sema *s, const struct expr *e, uint32_t count)
{
	const struct expr *i = e->index.index;

	if (i->kind != EXPR_INTEGER || i->integer.value < count)
		return true;
	if (s->is_final)
		diag_error(s->diag, DIAG_INDEX_RANGE, i->loc,
			   "index %llu out of range: there are %u elements",
			   (unsigned long long)i->integer.value, count);
	return false;
}

/* tuple[1] is tuple.1 */
static const struct type *infer_tuple_index(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot, *index = e->index.index, *object = e->index.object;

	if (index->kind != EXPR_INTEGER) {
		if (s->is_final)
			diag_error(s->diag, DIAG_BAD_INDEX, index->loc,
				   "the index of a tuple must be a literal");
		return infer_failed(s);
	}
	if (!is_in_range(s, e, object->type->count))
		return infer_failed(s);
	e->kind = EXPR_ELEMENT;
	e->element = (struct expr_element){ object, (uint32_t)index->integer.value };
	return object->type->fields[e->element.index].type;
}

static const struct type *bad_index_object(struct sema *s, const struct expr *e,
					   const struct type *t)
{
	if (s->is_final)
		diag_error(s->diag, DIAG_BAD_INDEX, e->loc, "'%s' cannot be indexed", t->spelling);
	return infer_failed(s);
}

const struct type *infer_index(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;
	const struct type *t = infer_value(s, &e->index.object);
	const struct type *index = infer_value(s, &e->index.index);

	if (!t || !index)
		return infer_failed(s);
	if (t->kind == TYPE_TUPLE)
		return infer_tuple_index(s, slot);
	if (t->kind == TYPE_POINTER) {
		if (t->element->kind == TYPE_VOID || !type_complete(t->element) ||
		    !type_size(t->element))
			return bad_index_object(s, e, t);
		return is_index_good(s, e, index)
			       ? in_space(s, t->element, (enum type_space)t->space)
			       : infer_failed(s);
	}
	if (t->kind != TYPE_ARRAY && t->kind != TYPE_STRING)
		return bad_index_object(s, e, t);
	if (!is_index_good(s, e, index))
		return infer_failed(s);
	if (!sema_is_flexible_array(e->index.object) &&
	    !is_in_range(s, e, t->kind == TYPE_ARRAY ? t->count : t->size))
		return infer_failed(s);
	return t->kind == TYPE_ARRAY ? t->element : type_int(&s->types, 1, true);
}

/* --- dereference ------------------------------------------------------------------------------ */

static const struct type *bad_dereference(struct sema *s, const struct expr *e,
					  const struct type *t)
{
	if (s->is_final)
		diag_error(s->diag, DIAG_BAD_DEREFERENCE, e->loc, "cannot dereference '%s'",
			   t->spelling);
	return infer_failed(s);
}

/* `*n` of an integer reads an integer of n's own type at address n. */
static const struct type *infer_integer_dereference(struct sema *s, struct expr **slot,
						    const struct type *t)
{
	struct expr *e = *slot, *address, *value;
	const struct type *own = type_settle(&s->types, integer_view(s, t));

	if (!s->is_final)
		return type_int(&s->types, 8, false);
	address = expr_convert(s->arena, e->unary.operand,
			       type_pointer(&s->types, own, sema_default_space(s)));
	value = expr_unary(s->arena, e->loc, OP_DEREFERENCE, address);
	value->type = own;
	*slot = own->size == 8 && !own->is_signed
			? value : expr_convert(s->arena, value, type_int(&s->types, 8, false));
	return (*slot)->type;
}

const struct type *infer_dereference(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;
	const struct type *t = infer_value(s, &e->unary.operand);

	if (!t)
		return infer_failed(s);
	if (t->kind == TYPE_STRUCT && (t->space == SPACE_CONTEXT || t->space == SPACE_SYSCALL)) {
		*slot = e->unary.operand; /* *args */
		return t;
	}
	if (type_is_integer(t))
		return infer_integer_dereference(s, slot, t);
	if (t->kind != TYPE_POINTER || t->element->kind == TYPE_VOID ||
	    t->element->kind == TYPE_NONE || !type_complete(t->element))
		return bad_dereference(s, e, t);
	return in_space(s, t->element, (enum type_space)t->space);
}
