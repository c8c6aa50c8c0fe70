/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of spec language.md, appendix A. Every production calls one constructor of actions.c.
 *
 * Three things make it LALR(1) without conflicts:
 *  - the lexer knows types in parentheses, (T)e and sizeof(T), and returns TYPE_OPEN for their "(";
 *  - "plain" forms are expressions that do not start with `if` or `{`, so a statement can end at
 *    `}` and the next line may start with an operator;
 *  - binary operators are read as a flat chain that actions.c puts in order of precedence, which
 *    also keeps the stack flat for generated scripts with thousands of operands.
 *
 * After a mistake, reading goes on behind the next `;` or `}` of the block, or with the next
 * definition; syntax.c words the messages.
 */
%require "3.8"
%define api.pure full
%define api.prefix {grammar_}
%define api.location.type {struct loc}
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%param { struct parser *p }
%initial-action { (void)yynerrs; } /* bison counts, diag does too */

%code requires {
#include "parser/context.h"
}

%code provides {
int grammar_lex(GRAMMAR_STYPE *value, GRAMMAR_LTYPE *loc, struct parser *p);
}

%code {
#define YYMAXDEPTH 100000
#define YYLLOC_DEFAULT(result, parts, n)                                                           \
	do {                                                                                       \
		(result) = YYRHSLOC(parts, (n) ? 1 : 0);                                           \
		(result).start = (n) ? YYRHSLOC(parts, 1).start : YYRHSLOC(parts, 0).end;          \
		(result).end = YYRHSLOC(parts, n).end;                                             \
	} while (0)

static void grammar_error(struct loc *loc, struct parser *p, const char *text);
}

%union {
	const char *name;
	struct literal { const char *bytes; size_t len; } literal;
	uint64_t number;
	enum ast_op op;
	enum type_ref_keyword tag;
	struct expr *expr;
	struct expr_list *list;
	struct named_exprs *named;
	struct chain *chain;
	struct stmt *stmt;
	struct block *block;
	struct type_ref *type;
	struct type_or_expr operand;
	struct ast_attach_point *point;
	struct ast_probe *probe;
	struct ast_macro *macro;
	struct ast_fn *fn;
	struct ast_fn_param fn_param;
}

%token END 0 "the end of the text"
%token <name> IDENT "a name"
%token <name> VARIABLE "a variable"
%token <name> MAP "a map"
%token <number> INTEGER "a number"
%token <number> PARAMETER "a positional parameter"
%token PARAMETER_COUNT "$#"
%token <literal> STRING "a string"
%token <point> ATTACH_POINT "an attach point"
%token C_TEXT "a C definition"
%token EXPRESSION_ONLY "an expression"

%token <name> IF "if" ELSE "else" WHILE "while" UNROLL "unroll" FOR "for" BREAK "break"
%token <name> CONTINUE "continue" RETURN "return" LET "let" IMPORT "import" SIZEOF "sizeof"
%token <name> OFFSETOF "offsetof" TYPEOF "typeof" TYPEINFO "typeinfo" COMPTIME "comptime"
%token <name> TRUE "true" FALSE "false" STRUCT "struct" UNION "union" ENUM "enum"
%token CONFIG "config" MACRO "macro" FN "fn"

%token TYPE_OPEN "("
%token PREDICATE_OPEN "a predicate" PREDICATE_CLOSE "the closing '/'"
%token ARROW "->" DOT_DOT ".." INCREMENT "++" DECREMENT "--"
%token LOGICAL_OR "||" LOGICAL_AND "&&" EQUAL "==" NOT_EQUAL "!=" LESS_EQUAL "<="
%token GREATER_EQUAL ">=" SHIFT_LEFT "<<" SHIFT_RIGHT ">>"
%token ADD_ASSIGN "+=" SUB_ASSIGN "-=" MUL_ASSIGN "*=" DIV_ASSIGN "/=" MOD_ASSIGN "%="
%token AND_ASSIGN "&=" OR_ASSIGN "|=" XOR_ASSIGN "^=" LEFT_ASSIGN "<<=" RIGHT_ASSIGN ">>="

/* @m[k] is the map's key, never an index into its value. */
%nonassoc MAP_WITHOUT_KEY
%nonassoc '['

%type <name> word
%type <op> binary_op assign_op
%type <tag> tag
%type <expr> expr binary unary plain_expr plain_binary plain_unary postfix braced braced_postfix
%type <expr> suffix primary literal map if_expr condition arg predicate variable config_value
%type <list> exprs args tuple_rest
%type <named> record_fields path
%type <chain> chain plain_chain
%type <operand> operand
%type <type> type let_type tagged_type
%type <stmt> simple loop
%type <block> block statements body
%type <probe> points
%type <point> choice
%type <macro> macro_params macro_param_list
%type <fn> fn_params fn_param_list
%type <fn_param> fn_param

%%

program:
	items
|	EXPRESSION_ONLY expr			{ p->expression = $2; }
;

items:
	%empty
|	items item
|	items error
;

item:
	C_TEXT					{ add_c_text(p, @1); }
|	config
|	IMPORT STRING ';'			{ add_import(p, @$, $2.bytes); }
|	map_decl
|	MACRO IDENT '(' macro_params ')' block	{ add_macro(p, @$, @2, $2, $4, $6); }
|	FN IDENT '(' fn_params ')' ':' type body { add_fn(p, @$, @2, $2, $4, $7, $8); }
|	FN IDENT '(' fn_params ')' body		{ add_fn(p, @$, @2, $2, $4, NULL, $6); }
|	points predicate body			{ add_probe(p, @$, @1, $1, $2, $3); }
|	points ',' predicate body		{ add_probe(p, @$, @1, $1, $3, $4); }
;

/* --- definitions ------------------------------------------------------------------------------ */

config:
	config_open config_entries '}'
|	config_open config_entries config_entry '}'
|	config_open config_entries error '}'	{ syntax_recovered(p); yyerrok; }
;

config_open:
	CONFIG '=' '{'				{ begin_config(p, @1); }
;

config_entries:
	%empty
|	config_entries config_entry ';'
|	config_entries error ';'		{ syntax_recovered(p); yyerrok; }
;

config_entry:
	word '=' config_value			{ add_config(p, @$, $1, $3); }
;

config_value:
	literal
|	IDENT					{ $$ = make_name(p, @$, $1); }
;

map_decl:
	map_decl_text
|	map_decl_text ';'
;

map_decl_text:
	LET MAP '=' IDENT '(' INTEGER ')'	{ add_map_decl(p, @$, make_map(p, @2, $2, NULL),
							       $4, @4, $6); }
;

macro_params:
	%empty					{ $$ = macro_add_param(p, NULL, @$, NULL, 0); }
|	macro_param_list
;

macro_param_list:
	VARIABLE				{ $$ = macro_add_param(p, NULL, @1, $1,
								       MACRO_PARAM_VARIABLE); }
|	MAP					{ $$ = macro_add_param(p, NULL, @1, $1,
								       MACRO_PARAM_MAP); }
|	IDENT					{ $$ = macro_add_param(p, NULL, @1, $1,
								       MACRO_PARAM_EXPR); }
|	macro_param_list ',' VARIABLE		{ $$ = macro_add_param(p, $1, @3, $3,
								       MACRO_PARAM_VARIABLE); }
|	macro_param_list ',' MAP		{ $$ = macro_add_param(p, $1, @3, $3,
								       MACRO_PARAM_MAP); }
|	macro_param_list ',' IDENT		{ $$ = macro_add_param(p, $1, @3, $3,
								       MACRO_PARAM_EXPR); }
;

fn_params:
	%empty					{ $$ = fn_add_param(p, NULL, @$, NULL, NULL); }
|	fn_param_list
;

fn_param_list:
	fn_param				{ $$ = fn_add_param(p, NULL, @1, $1.name, $1.type); }
|	fn_param_list ',' fn_param		{ $$ = fn_add_param(p, $1, @3, $3.name, $3.type); }
;

fn_param:
	VARIABLE				{ $$ = (struct ast_fn_param){ .name = $1 }; }
|	VARIABLE ':' type			{ $$ = (struct ast_fn_param){ .name = $1, .type = $3 }; }
;

points:
	choice					{ $$ = probe_add_point(p, NULL, $1); }
|	points ',' choice			{ $$ = probe_add_point(p, $1, $3); }
;

/* bittern's own: the first that exists. */
choice:
	ATTACH_POINT
|	choice '|' ATTACH_POINT			{ $$ = point_or(p, $1, $3); }
;

predicate:
	%empty					{ $$ = NULL; }
|	PREDICATE_OPEN expr PREDICATE_CLOSE	{ $$ = $2; }
|	PREDICATE_OPEN error PREDICATE_CLOSE	{ $$ = NULL; syntax_recovered(p); yyerrok; }
|	PREDICATE_OPEN error			{ $$ = NULL; syntax_recovered(p); yyerrok; }
;

/* --- statements ------------------------------------------------------------------------------- */

/* Braces that are a statement: no value. */
body:
	block					{ $$ = block_as_body(p, $1); }
;

block:
	'{' statements '}'			{ $$ = block_close(p, $2, @$, NULL); }
|	'{' statements plain_expr '}'		{ $$ = block_close(p, $2, @$, $3); }
|	'{' statements simple '}'		{ block_add(p, $2, $3);
						  $$ = block_close(p, $2, @$, NULL); }
|	'{' statements error '}'		{ $$ = block_close(p, $2, @$, NULL);
						  syntax_recovered(p); yyerrok; }
;

statements:
	%empty					{ $$ = block_new(p->arena, @$); }
|	statements simple ';'			{ block_add(p, $1, $2); }
|	statements plain_expr ';'		{ block_add(p, $1, stmt_expr(p->arena, $2)); }
|	statements loop				{ block_add(p, $1, $2); }
|	statements braced			{ block_add_braced(p, $1, $2); }
|	statements ';'				{ block_end_statement(p, $1); }
|	statements error ';'			{ syntax_recovered(p); yyerrok; }
;

/* What needs a `;` unless it is the last of its block. */
simple:
	plain_expr assign_op expr		{ $$ = make_assign(p, @$, $1, $2, $3); }
|	LET variable				{ $$ = make_let(p, @$, $2, NULL, NULL); }
|	LET variable '=' expr			{ $$ = make_let(p, @$, $2, NULL, $4); }
|	LET variable let_type			{ $$ = make_let(p, @$, $2, $3, NULL); }
|	LET variable let_type '=' expr		{ $$ = make_let(p, @$, $2, $3, $5); }
|	LET variable let_type MUL_ASSIGN expr	{ /* int8 *= e: the star is the type's */
						  $$ = make_let(p, @$, $2,
								add_type_suffix(p, @3, $3, -1),
								$5); }
|	BREAK					{ $$ = stmt_new(p->arena, STMT_BREAK, @$); }
|	CONTINUE				{ $$ = stmt_new(p->arena, STMT_CONTINUE, @$); }
|	RETURN					{ $$ = make_return(p, @$, NULL); }
|	RETURN expr				{ $$ = make_return(p, @$, $2); }
|	IMPORT STRING				{ $$ = make_import(p, @$, $2.bytes); }
;

let_type:
	':' type				{ $$ = $2; }
;

assign_op:
	'='					{ $$ = OP_NONE; }
|	ADD_ASSIGN				{ $$ = OP_ADD; }
|	SUB_ASSIGN				{ $$ = OP_SUB; }
|	MUL_ASSIGN				{ $$ = OP_MUL; }
|	DIV_ASSIGN				{ $$ = OP_DIV; }
|	MOD_ASSIGN				{ $$ = OP_MOD; }
|	AND_ASSIGN				{ $$ = OP_AND; }
|	OR_ASSIGN				{ $$ = OP_OR; }
|	XOR_ASSIGN				{ $$ = OP_XOR; }
|	LEFT_ASSIGN				{ $$ = OP_SHIFT_LEFT; }
|	RIGHT_ASSIGN				{ $$ = OP_SHIFT_RIGHT; }
;

loop:
	WHILE condition body			{ $$ = make_while(p, @$, $2, $3); }
|	UNROLL condition body			{ $$ = make_unroll(p, @$, $2, $3); }
|	FOR variable ':' unary body		{ $$ = make_for(p, @$, $2, $4, NULL, $5); }
|	FOR variable ':' unary DOT_DOT unary body
						{ $$ = make_for(p, @$, $2, $4, $6, $7); }
|	FOR '(' variable ':' unary ')' body	{ $$ = make_for(p, @$, $3, $5, NULL, $7); }
|	FOR '(' variable ':' unary DOT_DOT unary ')' body
						{ $$ = make_for(p, @$, $3, $5, $7, $9); }
;

/* In parentheses any expression, because those make a primary. */
condition:
	unary
;

variable:
	VARIABLE				{ $$ = make_variable(p, @$, $1); }
;

/* --- expressions ------------------------------------------------------------------------------ */

expr:
	binary
|	binary '?' expr ':' expr		{ $$ = make_ternary(p, $1, $3, $5); }
|	binary '?' ':' expr			{ $$ = make_ternary(p, $1, NULL, $4); }
;

plain_expr:
	plain_binary
|	plain_binary '?' expr ':' expr		{ $$ = make_ternary(p, $1, $3, $5); }
|	plain_binary '?' ':' expr		{ $$ = make_ternary(p, $1, NULL, $4); }
;

binary:
	unary
|	chain					{ $$ = chain_finish(p, $1); }
;

plain_binary:
	plain_unary
|	plain_chain				{ $$ = chain_finish(p, $1); }
;

chain:
	unary binary_op unary			{ $$ = chain_add(p, chain_start(p, $1), $2, @2,
								 $3); }
|	chain binary_op unary			{ $$ = chain_add(p, $1, $2, @2, $3); }
;

plain_chain:
	plain_unary binary_op unary		{ $$ = chain_add(p, chain_start(p, $1), $2, @2,
								 $3); }
|	plain_chain binary_op unary		{ $$ = chain_add(p, $1, $2, @2, $3); }
;

binary_op:
	LOGICAL_OR				{ $$ = OP_LOGICAL_OR; }
|	LOGICAL_AND				{ $$ = OP_LOGICAL_AND; }
|	'|'					{ $$ = OP_OR; }
|	'^'					{ $$ = OP_XOR; }
|	'&'					{ $$ = OP_AND; }
|	EQUAL					{ $$ = OP_EQ; }
|	NOT_EQUAL				{ $$ = OP_NE; }
|	'<'					{ $$ = OP_LT; }
|	'>'					{ $$ = OP_GT; }
|	LESS_EQUAL				{ $$ = OP_LE; }
|	GREATER_EQUAL				{ $$ = OP_GE; }
|	SHIFT_LEFT				{ $$ = OP_SHIFT_LEFT; }
|	SHIFT_RIGHT				{ $$ = OP_SHIFT_RIGHT; }
|	'+'					{ $$ = OP_ADD; }
|	'-'					{ $$ = OP_SUB; }
|	'*'					{ $$ = OP_MUL; }
|	'/'					{ $$ = OP_DIV; }
|	'%'					{ $$ = OP_MOD; }
;

unary:
	plain_unary
|	braced_postfix
;

plain_unary:
	postfix
|	'-' unary				{ $$ = expr_unary(p->arena, @$, OP_NEGATE, $2); }
|	'!' unary				{ $$ = expr_unary(p->arena, @$, OP_NOT, $2); }
|	'~' unary				{ $$ = expr_unary(p->arena, @$, OP_COMPLEMENT,
								  $2); }
|	'*' unary				{ $$ = expr_unary(p->arena, @$, OP_DEREFERENCE,
								  $2); }
|	'&' unary				{ $$ = make_address_of(p, @$, $2); }
|	INCREMENT unary				{ $$ = make_increment(p, @$, $2, false, true); }
|	DECREMENT unary				{ $$ = make_increment(p, @$, $2, true, true); }
|	TYPE_OPEN type ')' unary		{ $$ = make_cast(p, @$, $2, $4); }
|	COMPTIME unary				{ $$ = make_comptime(p, @$, $2); }
;

postfix:
	primary
|	postfix suffix				{ $$ = attach_suffix(p, $1, $2); }
;

braced_postfix:
	braced
|	braced_postfix suffix			{ $$ = attach_suffix(p, $1, $2); }
;

suffix:
	'.' word				{ $$ = make_member(p, @2, $2); }
|	'.' INTEGER				{ $$ = make_element(p, @2, $2); }
|	ARROW word				{ $$ = make_member(p, @2, $2); }
|	'[' expr ']'				{ $$ = make_index(p, @$, $2); }
|	INCREMENT				{ $$ = make_increment(p, @$, NULL, false, false); }
|	DECREMENT				{ $$ = make_increment(p, @$, NULL, true, false); }
;

braced:
	if_expr
|	block					{ $$ = make_block(p, $1); }
;

if_expr:
	IF condition block			{ $$ = make_branch(p, @$, $2, $3, NULL); }
|	IF condition block ELSE block		{ $$ = make_branch(p, @$, $2, $3,
								   make_block(p, $5)); }
|	IF condition block ELSE if_expr		{ $$ = make_branch(p, @$, $2, $3, $5); }
;

primary:
	literal
|	variable
|	map
|	IDENT					{ $$ = make_name(p, @$, $1); }
|	IDENT '(' ')'				{ $$ = make_call(p, @$, @1, $1, NULL, NULL); }
|	IDENT '(' args ')'			{ $$ = make_call(p, @$, @1, $1, $3, NULL); }
|	IDENT '(' record_fields ')'		{ $$ = make_call(p, @$, @1, $1, NULL, $3); }
|	IDENT '(' args ',' record_fields ')'	{ $$ = make_call(p, @$, @1, $1, $3, $5); }
|	PARAMETER				{ $$ = make_parameter(p, @$, $1, false); }
|	PARAMETER_COUNT				{ $$ = make_parameter(p, @$, 0, true); }
|	'(' expr ')'				{ $$ = $2; $$->loc = @$; }
|	'(' ')'					{ $$ = make_tuple(p, @$, NULL, NULL); }
|	'(' expr ',' tuple_rest ')'		{ $$ = make_tuple(p, @$, $2, $4); }
|	'(' record_fields ')'			{ $$ = make_record(p, @$, $2); }
|	SIZEOF operand				{ $$ = make_type_query(p, EXPR_SIZEOF, @$, $2); }
|	TYPEINFO operand			{ $$ = make_type_query(p, EXPR_TYPEINFO, @$, $2); }
|	OFFSETOF TYPE_OPEN type ',' path ')'	{ $$ = make_offset_of(p, @$,
							(struct type_or_expr){ .type = $3 }, $5); }
|	OFFSETOF '(' expr ',' path ')'		{ $$ = make_offset_of(p, @$,
							(struct type_or_expr){ .expr = $3 }, $5); }
;

literal:
	INTEGER					{ $$ = expr_integer(p->arena, @$, $1); }
|	STRING					{ $$ = expr_string(p->arena, @$, $1.bytes,
								   $1.len); }
|	TRUE					{ $$ = expr_boolean(p->arena, @$, true); }
|	FALSE					{ $$ = expr_boolean(p->arena, @$, false); }
;

map:
	MAP %prec MAP_WITHOUT_KEY		{ $$ = make_map(p, @$, $1, NULL); }
|	MAP '[' exprs ']'			{ $$ = make_map(p, @$, $1, $3); }
;

exprs:
	expr					{ $$ = list_add(p, NULL, $1); }
|	exprs ',' expr				{ $$ = list_add(p, $1, $3); }
;

tuple_rest:
	%empty					{ $$ = NULL; }
|	exprs
|	exprs ','
;

record_fields:
	word '=' expr				{ $$ = named_add(p, NULL, @1, $1, $3); }
|	record_fields ',' word '=' expr		{ $$ = named_add(p, $1, @3, $3, $5); }
;

args:
	arg					{ $$ = list_add(p, NULL, $1); }
|	args ',' arg				{ $$ = list_add(p, $1, $3); }
;

arg:
	expr
|	tagged_type				{ $$ = make_type_query(p, EXPR_TYPE, @$,
							(struct type_or_expr){ .type = $1 }); }
|	TYPEOF operand				{ $$ = make_type_query(p, EXPR_TYPE, @$, $2); }
;

path:
	word					{ $$ = named_add(p, NULL, @1, $1, NULL); }
|	path '.' word				{ $$ = named_add(p, $1, @3, $3, NULL); }
;

/* --- types ------------------------------------------------------------------------------------ */

operand:
	TYPE_OPEN type ')'			{ $$ = (struct type_or_expr){ .type = $2 }; }
|	'(' expr ')'				{ $$ = (struct type_or_expr){ .expr = $2 }; }
;

type:
	IDENT					{ $$ = make_type(p, @$, TYPE_REF_PLAIN, $1); }
|	tag word				{ $$ = make_type(p, @$, $1, $2); }
|	TYPEOF operand				{ $$ = make_typeof(p, @$, $2); }
|	type '*'				{ $$ = add_type_suffix(p, @$, $1, -1); }
|	type '[' INTEGER ']'			{ $$ = add_type_suffix(p, @$, $1,
								       array_suffix(p, @3, $3)); }
|	type '[' ']'				{ $$ = add_type_suffix(p, @$, $1, 0); }
|	type '[' IDENT ']'			{ $$ = add_named_size(p, @$, $1, @3, $3); }
;

tagged_type:
	tag word				{ $$ = make_type(p, @$, $1, $2); }
|	tagged_type '*'				{ $$ = add_type_suffix(p, @$, $1, -1); }
;

tag:
	STRUCT					{ $$ = TYPE_REF_STRUCT; }
|	UNION					{ $$ = TYPE_REF_UNION; }
|	ENUM					{ $$ = TYPE_REF_ENUM; }
;

/* Where a name is expected and nothing else, every word is one. */
word:
	IDENT | IF | ELSE | WHILE | UNROLL | FOR | BREAK | CONTINUE | RETURN | LET | IMPORT | SIZEOF
|	OFFSETOF | TYPEOF | TYPEINFO | COMPTIME | TRUE | FALSE | STRUCT | UNION | ENUM
;

%%

/* Bison's own failures: only its stack can run out. */
static void grammar_error(struct loc *loc, struct parser *p, const char *text)
{
	(void)text;
	scan_stop(p, DIAG_TOO_DEEP, *loc, "the program is nested too deeply here");
}

static int yyreport_syntax_error(const yypcontext_t *context, struct parser *p)
{
	yysymbol_kind_t kinds[YYNTOKENS];
	const char *names[YYNTOKENS];
	int count = yypcontext_expected_tokens(context, kinds, YYNTOKENS);
	struct syntax_mistake mistake = {
		.loc = *yypcontext_location(context),
		.is_end = yypcontext_token(context) == YYSYMBOL_YYEOF,
		.expected = names,
		.expected_count = (size_t)MAX(count, 0),
	};

	for (int i = 0; i < count; i++)
		names[i] = yysymbol_name(kinds[i]);
	syntax_report(p, &mistake);
	return 0;
}
