/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the groups' hooks share (hooks.h).
 *
 * The second half emits small pieces of code in forms that survive both LLVM and the verifier:
 * bounds are learnt from a compare of the very register that is used, loops keep their counter
 * where the verifier follows it as a constant.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "builtins/hooks.h"
#include "util/text.h"

const char *call_word(const struct expr *e, size_t i)
{
	const struct expr *arg = call_arg(e, i);

	return arg && arg->kind == EXPR_NAME ? arg->name.name : NULL;
}

static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = words; (p = strstr(p, word)); p += len) {
		if ((p == words || p[-1] == ' ') && (p[len] == ' ' || !p[len]))
			return true;
	}
	return false;
}

static const char *near_word(struct sema *s, const char *words, const char *word)
{
	struct text_nearest nearest;

	text_nearest_init(&nearest, word);
	for (size_t len; *words; words += len + (words[len] == ' ')) {
		len = strcspn(words, " ");
		text_nearest_offer(&nearest, arena_strndup(s->arena, words, len));
	}
	return nearest.best;
}

int check_word(struct sema *s, const struct expr *e, const char *words)
{
	const struct expr *arg = call_arg(e, 0);
	const char *word = call_word(e, 0);
	struct diag_msg *m;

	if (!arg || (word && has_word(words, word)))
		return 0;
	m = diag_error(s->diag, DIAG_MODE_WORD, arg->loc, "%s() does not know this mode",
		       e->call.name);
	if (word && near_word(s, words, word))
		diag_did_you_mean(m, near_word(s, words, word));
	else
		diag_hint(m, "modes are: %s", words);
	return -EINVAL;
}

int not_in_this_probe(struct sema *s, const struct expr *e, const char *allowed, const char *hint)
{
	struct diag_msg *m;

	m = diag_error(s->diag, DIAG_PROBE_BUILTIN, e->loc,
		       "'%s' does not exist in probes of type '%s'", e->call.name,
		       sema_first_probe(s)->ops->name);
	if (hint)
		diag_hint(m, "%s", hint);
	diag_hint(m, "it exists in: %s", allowed);
	return -EINVAL;
}

struct probe_context probe_context_of(struct sema *s)
{
	return (struct probe_context){
		.arena = s->arena,
		.diag = s->diag,
		.host = s->host,
		.types = &s->types,
		.parameters = s->options->parameters,
		.parameter_count = s->options->parameter_count,
		.missing_probes = s->program->config.missing_probes,
	};
}

const struct type *readable_type(struct sema *s, const struct type *aggregation)
{
	return type_int(&s->types, 8, aggregation->is_signed);
}

int check_printable(struct sema *s, const struct expr *e)
{
	const struct type *t = e->type;
	struct diag_msg *m;

	if (type_is_aggregation(t) && !type_is_readable(t)) {
		m = diag_error(s->diag, DIAG_NOT_PRINTABLE, e->loc,
			       "an element of type %s cannot be read", t->spelling);
		if (t->kind == TYPE_QUANTILE)
			diag_hint(m, "print one of its quantiles, such as .p99");
		diag_hint(m, "print the whole map: print(@%s)",
			  e->kind == EXPR_MAP ? e->map.name : "x");
		return -EINVAL;
	}
	if (t->kind == TYPE_NONE || t->kind == TYPE_VOID || t->kind == TYPE_TIMESTAMP_MODE) {
		diag_error(s->diag, DIAG_NOT_PRINTABLE, e->loc, "this has no value to print");
		return -EINVAL;
	}
	return 0;
}

static struct expr *member_of(struct sema *s, const struct expr *object, const struct field *f)
{
	struct expr *e = expr_new(s->arena, EXPR_MEMBER, object->loc);

	e->member.object = expr_clone(s->arena, object);
	e->member.name = f->name;
	e->member.name_loc = object->loc;
	e->member.field = *f;
	e->type = f->type;
	if (f->type->kind == TYPE_STRUCT)
		e->type = type_struct(&s->types, f->type->record, SPACE_BPF);
	return e;
}

void spread_args(struct sema *s, struct expr **slot)
{
	const struct expr *e = *slot;
	const struct type_struct *args = e->type->record;
	struct expr *record = expr_new(s->arena, EXPR_RECORD, e->loc);
	const struct type **types;
	uint32_t count = 0;

	if (e->kind != EXPR_CALL || e->type->kind != TYPE_STRUCT || !type_complete(e->type))
		return;
	types = ARENA_ARRAY(s->arena, const struct type *, args->field_count);
	record->record.names = ARENA_ARRAY(s->arena, const char *, args->field_count);
	for (uint32_t i = 0; i < args->field_count; i++) {
		const struct field *f = &args->fields[i];
		struct expr *member;

		if (f->is_hidden || !f->name)
			continue;
		member = member_of(s, e, f);
		arena_vec_push(s->arena, &record->record.items, member);
		record->record.names[count] = f->name;
		types[count++] = member->type;
	}
	record->type = type_record(&s->types, record->record.names, types, count);
	*slot = record;
}

struct loc literal_part(const struct expr *literal, size_t offset, size_t part_len)
{
	struct loc loc = literal->loc;
	size_t len, used = offset + part_len;
	const char *bytes = sema_literal_string(literal, &len);

	if (literal->kind != EXPR_STRING || !loc.source || used > len ||
	    loc.end - loc.start < used + 2 ||
	    memcmp(loc.source->text + loc.start + 1, bytes, used))
		return loc;
	loc.start += 1 + (uint32_t)offset;
	loc.end = loc.start + (uint32_t)part_len;
	return loc;
}

int check_length(struct sema *s, const struct expr *e, size_t i)
{
	const struct expr *arg = call_arg(e, i);
	bool is_negative;
	uint64_t value;

	if (!arg || !sema_literal_int(arg, &value, &is_negative) || !is_negative)
		return 0;
	diag_error(s->diag, DIAG_NEGATIVE_LENGTH, arg->loc, "%s() cannot take a negative length",
		   e->call.name);
	return -EINVAL;
}

/* --- emitting --------------------------------------------------------------------------------- */

static const struct expr *without_casts(const struct expr *e)
{
	while (e->kind == EXPR_CAST)
		e = e->cast.operand;
	return e;
}

enum type_space address_space(const struct codegen *cg, const struct expr *address)
{
	const struct expr *origin = without_casts(address);

	if (address->type->kind == TYPE_POINTER && address->type->space != SPACE_UNKNOWN)
		return (enum type_space)address->type->space;
	if (origin->kind == EXPR_CALL && !strcmp(origin->call.name, "kptr"))
		return SPACE_KERNEL;
	if (origin->kind == EXPR_CALL && !strcmp(origin->call.name, "uptr"))
		return SPACE_USER;
	return cg->body->fn ? SPACE_UNKNOWN : probe_space(cg->body->probes.items[0]);
}

void set_integer(struct codegen *cg, const struct expr *e, LLVMValueRef v, struct cg_value *out)
{
	LLVMTypeRef type = cg_register_type(cg, e->type);

	cg_set(out, e->type, type == cg->i64 ? v : LLVMBuildTrunc(cg->builder, v, type, ""));
}

void fold_boolean(struct sema *s, struct expr **slot, bool value)
{
	*slot = expr_boolean(s->arena, (*slot)->loc, value);
	(*slot)->type = s->types.bool_type;
}

void set_void(const struct expr *e, struct cg_value *out)
{
	cg_set(out, e->type, NULL);
}

LLVMValueRef clamp(struct codegen *cg, LLVMValueRef v, uint64_t max)
{
	LLVMValueRef limit = cg_const(cg, max);

	v = cg_opaque(cg, v);
	return LLVMBuildSelect(cg->builder, ir_compare(cg, LLVMIntUGT, v, limit), limit, v, "");
}

const struct type *unsigned_type(const struct codegen *cg, unsigned int bytes)
{
	return type_int(&cg->sema->types, bytes, false);
}

/* --- loops ------------------------------------------------------------------------------------ */

void loop_begin(struct codegen *cg, struct counted_loop *loop, uint64_t count)
{
	*loop = (struct counted_loop){
		.count = count,
		.before = LLVMGetInsertBlock(cg->builder),
		.head = cg_block(cg, "turn"),
		.after = cg_block(cg, "after"),
	};
	cg_jump(cg, loop->head, loop->head);
	loop->index = LLVMBuildPhi(cg->builder, cg->i64, "i");
}

void loop_break_if(struct codegen *cg, struct counted_loop *loop, LLVMValueRef condition)
{
	LLVMBasicBlockRef next = cg_block(cg, "next");

	loop->left = LLVMGetInsertBlock(cg->builder);
	cg_branch(cg, condition, loop->after, next, next);
}

void loop_end(struct codegen *cg, struct counted_loop *loop)
{
	/* Opaque: a counter rewritten into a moving pointer would not be a constant any more. */
	LLVMValueRef next = cg_opaque(cg, ir_add(cg, loop->index, cg_const(cg, 1)));
	LLVMValueRef values[] = { cg_const(cg, 0), next };
	LLVMBasicBlockRef blocks[2] = { loop->before };

	loop->last = blocks[1] = LLVMGetInsertBlock(cg->builder);
	LLVMAddIncoming(loop->index, values, blocks, 2);
	cg_branch(cg, ir_compare(cg, LLVMIntULT, next, cg_const(cg, loop->count)), loop->head,
		  loop->after, loop->after);
}

LLVMValueRef loop_value(struct codegen *cg, const struct counted_loop *loop, LLVMValueRef left,
			LLVMValueRef finished)
{
	LLVMValueRef phi = LLVMBuildPhi(cg->builder, LLVMTypeOf(left), "");
	LLVMValueRef values[] = { left, finished };
	LLVMBasicBlockRef blocks[] = { loop->left, loop->last };

	LLVMAddIncoming(phi, values, blocks, 2);
	return phi;
}
