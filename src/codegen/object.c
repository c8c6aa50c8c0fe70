/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Module → ELF object: a short list of passes, then the BPF backend.
 *
 * `default<O0>` runs the passes the BPF target needs; the rest is what makes the code small.
 * Branches reach 32,767 instructions, so the blocks keep the order in which they were emitted (no
 * block placement).
 *
 * Errors: the backend hands "cannot do this" to the diagnostics handler and goes on; "cannot
 * select" and the like end in the fatal error handler, which must not return: this file has the one
 * longjmp().
 */
#include <errno.h>
#include <llvm-c/Analysis.h>
#include <llvm-c/ErrorHandling.h>
#include <llvm-c/Support.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <setjmp.h>
#include <string.h>
#include "codegen/function.h"

#define CPU	"v3" /* 32-bit subregisters, atomics with fetch; kernels since 5.12 */
/* One pass of instcombine need not reach its fixpoint; by itself it calls that a fatal error. */
#define PASSES	"default<O0>,function(sroa,early-cse,instcombine<no-verify-fixpoint>)"
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define TRIPLE "bpfel"
#else
#define TRIPLE "bpfeb"
#endif

/* What the backend says, and what to do about it. */
static const struct {
	const char *text, *hint;
} hints[] = {
	{ "out of insn range", "an if, a loop or a ternary encloses more code than a BPF jump can "
			       "reach (32,767 instructions); split it" },
	{ "stack limit", "a BPF program has 512 bytes of stack; fewer variables, or smaller ones, "
			 "help" },
};

static struct codegen *current; /* for LLVM's process-wide handler */
static jmp_buf after_fatal;

#ifdef __SANITIZE_ADDRESS__
/* The text of a fatal error is lost by the longjmp(). */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:llvm::Twine::str";
}

const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}
#endif

static void report(struct codegen *cg, const char *text)
{
	size_t len = strcspn(text, "\n");

	cg->has_failed = true;
	if (strstr(text, "stack limit")) {
		if (cg->is_stack_full)
			return;
		cg->is_stack_full = true;
		if (!cg->is_tight)
			return; /* codegen.c tries again */
	}
	struct diag_msg *m = diag_error(cg->sema->diag, DIAG_CODE_GENERATION, (struct loc){ 0 },
					"the program cannot be compiled to BPF: %.*s",
					(int)MIN(len, (size_t)200), text);
	for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
		if (strstr(text, hints[i].text))
			diag_hint(m, "%s", hints[i].hint);
}

static void on_fatal(const char *reason)
{
	if (!current)
		bug("LLVM: %s", reason);
	report(current, reason);
	current->is_broken = true;
	longjmp(after_fatal, 1);
}

static void on_diagnostic(LLVMDiagnosticInfoRef info, void *context)
{
	if (LLVMGetDiagInfoSeverity(info) != LLVMDSError)
		return;
	char *text = LLVMGetDiagInfoDescription(info);
	report(context, text);
	LLVMDisposeMessage(text);
}

static void initialise(void)
{
	/* Sinking moves a sum behind the branches of its operands' calls, which then all live on the
	 * stack at once. */
	static const char *const flags[] = { "bittern", "-disable-block-placement",
					     "-enable-tail-merge=false", "-disable-machine-sink",
					     "-instcombine-code-sinking=false" };
	static bool is_done;

	if (is_done)
		return;
	is_done = true;
	LLVMInitializeBPFTargetInfo();
	LLVMInitializeBPFTarget();
	LLVMInitializeBPFTargetMC();
	LLVMInitializeBPFAsmPrinter();
	LLVMParseCommandLineOptions(ARRAY_SIZE(flags), flags, NULL);
	LLVMInstallFatalErrorHandler(on_fatal);
}

/* LLVM moves blocks to where they save a jump. This saves 8 % of the instructions, so it is given up only
 * after a refusal, and then for good: it is an option of the process. */
static void keep_order(void)
{
	static const char *const flags[] = { "bittern", "-disable-branch-fold" };
	static bool is_done;

	if (!is_done)
		LLVMParseCommandLineOptions(ARRAY_SIZE(flags), flags, NULL);
	is_done = true;
}

static LLVMTargetMachineRef target_machine(void)
{
	LLVMTargetRef target;
	char *message = NULL;

	if (LLVMGetTargetFromTriple(TRIPLE, &target, &message))
		bug("LLVM without BPF: %s", message);
	return LLVMCreateTargetMachine(target, TRIPLE, CPU, "", LLVMCodeGenLevelDefault,
				       LLVMRelocDefault, LLVMCodeModelDefault);
}

static void dump(FILE *f, LLVMModuleRef module, const char *when)
{
	if (!f)
		return;
	char *text = LLVMPrintModuleToString(module);
	fprintf(f, "; %s passes\n%s\n", when, text);
	LLVMDisposeMessage(text);
}

/* Invalid IR is a mistake of ours: say which before anything crashes. Costs a walk over the
 * module, so only where sanitizers or dumps are wanted anyway. */
static void verify(struct codegen *cg, bool is_wanted)
{
	char *message = NULL;

#ifdef __SANITIZE_ADDRESS__
	is_wanted = true;
#endif
	if (is_wanted && LLVMVerifyModule(cg->module, LLVMReturnStatusAction, &message))
		bug("invalid IR: %s", message);
	if (message)
		LLVMDisposeMessage(message);
}

static void run_passes(struct codegen *cg, LLVMTargetMachineRef machine)
{
	LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
	LLVMErrorRef error = LLVMRunPasses(cg->module, PASSES, machine, options);

	if (error) {
		char *text = LLVMGetErrorMessage(error);
		report(cg, text);
		LLVMDisposeErrorMessage(text);
	}
	LLVMDisposePassBuilderOptions(options);
}

static void generate(struct codegen *cg, LLVMTargetMachineRef machine, struct bpf_object_bytes *out)
{
	LLVMMemoryBufferRef buffer = NULL;
	char *message = NULL;

	if (LLVMTargetMachineEmitToMemoryBuffer(machine, cg->module, LLVMObjectFile, &message,
						&buffer)) {
		report(cg, message);
		LLVMDisposeMessage(message);
		return;
	}
	if (!cg->has_failed) {
		out->size = LLVMGetBufferSize(buffer);
		out->bytes = xmalloc(out->size);
		memcpy(out->bytes, LLVMGetBufferStart(buffer), out->size);
	}
	LLVMDisposeMemoryBuffer(buffer);
}

int object_emit(struct codegen *cg, const struct codegen_options *options,
		struct bpf_object_bytes *out)
{
	*out = (struct bpf_object_bytes){ 0 };
	initialise();
	if (cg->sema->options->relief & PROGRAM_RELIEF_ORDER)
		keep_order();
	if (cg->di)
		debug_info_end(cg);
	LLVMContextSetDiagnosticHandler(cg->context, on_diagnostic, cg);
	LLVMTargetMachineRef machine = target_machine();
	LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(machine);
	LLVMSetTarget(cg->module, TRIPLE);
	LLVMSetModuleDataLayout(cg->module, layout);
	LLVMDisposeTargetData(layout);
	dump(options->dump_llvm, cg->module, "before");
	verify(cg, options->dump_llvm != NULL);
	current = cg;
	if (!setjmp(after_fatal)) {
		run_passes(cg, machine);
		dump(options->dump_llvm, cg->module, "after");
		if (!cg->has_failed)
			generate(cg, machine, out);
		LLVMDisposeTargetMachine(machine);
	}
	current = NULL;
	return cg->has_failed ? -EINVAL : 0;
}
