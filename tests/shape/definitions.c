/* SPDX-License-Identifier: Apache-2.0 */
/* Types in all the forms that BTF knows, for tests/shape/definitions.sh and the fuzzer of BTF. */
#define USER __attribute__((btf_type_tag("user")))
#define RCU  __attribute__((btf_type_tag("rcu")))

typedef unsigned int u32;
typedef struct {
	u32 a, b;
} pair_t;
enum color { RED = -1, GREEN, BLUE = 70 };
enum wide { LOW = 1, HIGH = 0x123456789abcULL };
enum tiny { T1, T2 } __attribute__((packed));
struct forward;
struct list {
	struct list *next, **link;
};
struct bits {
	unsigned first : 3, second : 7;
	int third : 5;
	unsigned : 0;
	unsigned long fourth : 40;
	unsigned char fifth : 2;
	enum color color : 4;
	_Bool flag : 1;
};
struct packed_bits {
	short a;
	unsigned b : 4, c : 3, d : 1;
} __attribute__((packed));
struct packed {
	char c;
	long l;
	struct bits b;
} __attribute__((packed));
struct aligned {
	char c;
	int far __attribute__((aligned(64)));
	char tail;
};
struct nested {
	int a;
	union {
		long l;
		struct {
			int x, y;
			union {
				char deep[3];
				struct list *p;
			};
		};
		struct {
			char c;
		} named[2][3];
	};
	struct {
		int z;
	} *pointer;
	enum { ONE = 1, TWO } number;
	pair_t pairs[4];
	const volatile u32 *const qualified;
};
union both {
	int (*function)(struct list *, int, ...);
	void (*(*returns)(const char *))(void);
	int (*table[4])(void);
	int (*array)[5];
	char bytes[40];
};
struct tagged {
	char USER *text;
	struct list RCU *RCU *lists;
	const char USER *const name __attribute__((btf_decl_tag("a name")));
	float f;
	double d;
	__int128 big;
	struct forward *somewhere;
	enum wide wide;
	enum tiny tiny;
	char flexible[];
};

struct everything {
	struct list list;
	struct bits bits;
	struct packed_bits packed_bits;
	struct packed packed;
	struct aligned aligned;
	struct nested nested;
	union both both;
	struct tagged *tagged;
} everything;
struct tagged tagged;
extern int external;
static int counter __attribute__((section(".data.own"), used)) = 1;

__attribute__((btf_decl_tag("bpf_kfunc"))) int work(struct list *list, pair_t pair, char name[16])
{
	return counter + list->next[pair.a].next[0].next[1].next - list + external + *name;
}
