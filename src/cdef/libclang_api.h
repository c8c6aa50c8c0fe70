/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of libclang's C interface that is used, declared by hand: it is opened at run time, so its headers are
 * not needed to build. The interface is stable; these declarations are those of versions 14 to 21.
 */
#ifndef BITTERN_CDEF_LIBCLANG_API_H
#define BITTERN_CDEF_LIBCLANG_API_H

typedef struct { const void *data; unsigned int flags; } CXString;
typedef struct { int kind, xdata; const void *data[3]; } CXCursor;
typedef struct { int kind; void *data[2]; } CXType;
typedef struct { const void *data[2]; unsigned int number; } CXSourceLocation;
typedef struct { const void *data[2]; unsigned int begin, end; } CXSourceRange;
typedef struct { unsigned int numbers[4]; void *data; } CXToken;
struct CXUnsavedFile { const char *name, *contents; unsigned long length; };
typedef int (*CXCursorVisitor)(CXCursor cursor, CXCursor parent, void *context);
typedef int (*CXFieldVisitor)(CXCursor cursor, void *context);

enum { CX_VISIT_CONTINUE = 1 };
enum { CX_SEVERITY_ERROR = 3 };
enum { CX_DETAILED_PREPROCESSING = 0x01, CX_SKIP_FUNCTION_BODIES = 0x40 };
enum {
	CX_CURSOR_STRUCT = 2, CX_CURSOR_UNION = 3, CX_CURSOR_ENUM = 5, CX_CURSOR_ENUMERATOR = 7,
	CX_CURSOR_TYPEDEF = 20, CX_CURSOR_MACRO = 501,
};
enum {
	CX_TYPE_VOID = 2, CX_TYPE_BOOL = 3, CX_TYPE_CHAR_U = 4, CX_TYPE_UCHAR = 5, CX_TYPE_CHAR16 = 6,
	CX_TYPE_CHAR32 = 7, CX_TYPE_USHORT = 8, CX_TYPE_UINT = 9, CX_TYPE_ULONG = 10,
	CX_TYPE_ULONGLONG = 11, CX_TYPE_UINT128 = 12, CX_TYPE_CHAR_S = 13, CX_TYPE_SCHAR = 14,
	CX_TYPE_WCHAR = 15, CX_TYPE_SHORT = 16, CX_TYPE_INT = 17, CX_TYPE_LONG = 18,
	CX_TYPE_LONGLONG = 19, CX_TYPE_INT128 = 20, CX_TYPE_POINTER = 101, CX_TYPE_RECORD = 105,
	CX_TYPE_ENUM = 106, CX_TYPE_FUNCTION_NO_PROTO = 110, CX_TYPE_FUNCTION_PROTO = 111,
	CX_TYPE_CONSTANT_ARRAY = 112, CX_TYPE_INCOMPLETE_ARRAY = 114,
};

/* FN(result, name, parameters) */
#define LIBCLANG_FUNCTIONS(FN)                                                                     \
	FN(void *, createIndex, (int exclude, int display))                                        \
	FN(void, disposeIndex, (void *index))                                                      \
	FN(int, parseTranslationUnit2,                                                             \
	   (void *index, const char *name, const char *const *args, int arg_count,                 \
	    struct CXUnsavedFile *files, unsigned int file_count, unsigned int options, void **out)) \
	FN(void, disposeTranslationUnit, (void *unit))                                             \
	FN(unsigned int, getNumDiagnostics, (void *unit))                                          \
	FN(void *, getDiagnostic, (void *unit, unsigned int i))                                    \
	FN(void, disposeDiagnostic, (void *diagnostic))                                            \
	FN(int, getDiagnosticSeverity, (void *diagnostic))                                         \
	FN(CXString, getDiagnosticSpelling, (void *diagnostic))                                    \
	FN(CXSourceLocation, getDiagnosticLocation, (void *diagnostic))                            \
	FN(void, getExpansionLocation, (CXSourceLocation at, void **file, unsigned int *line,      \
					unsigned int *column, unsigned int *offset))               \
	FN(CXString, getFileName, (void *file))                                                    \
	FN(const char *, getCString, (CXString text))                                              \
	FN(void, disposeString, (CXString text))                                                   \
	FN(CXCursor, getTranslationUnitCursor, (void *unit))                                       \
	FN(unsigned int, visitChildren, (CXCursor parent, CXCursorVisitor visitor, void *context)) \
	FN(int, getCursorKind, (CXCursor cursor))                                                  \
	FN(CXString, getCursorSpelling, (CXCursor cursor))                                         \
	FN(CXString, getCursorUSR, (CXCursor cursor))                                              \
	FN(CXType, getCursorType, (CXCursor cursor))                                               \
	FN(CXSourceLocation, getCursorLocation, (CXCursor cursor))                                 \
	FN(CXSourceRange, getCursorExtent, (CXCursor cursor))                                      \
	FN(unsigned int, isCursorDefinition, (CXCursor cursor))                                    \
	FN(CXCursor, getCursorDefinition, (CXCursor cursor))                                       \
	FN(int, Cursor_isNull, (CXCursor cursor))                                                  \
	FN(CXType, getCanonicalType, (CXType type))                                                \
	FN(CXType, getTypedefDeclUnderlyingType, (CXCursor cursor))                                \
	FN(CXType, getPointeeType, (CXType type))                                                  \
	FN(CXType, getArrayElementType, (CXType type))                                             \
	FN(long long, getArraySize, (CXType type))                                                 \
	FN(CXCursor, getTypeDeclaration, (CXType type))                                            \
	FN(long long, Type_getSizeOf, (CXType type))                                               \
	FN(long long, Type_getAlignOf, (CXType type))                                              \
	FN(unsigned int, Type_visitFields, (CXType type, CXFieldVisitor visitor, void *context))   \
	FN(long long, Cursor_getOffsetOfField, (CXCursor cursor))                                  \
	FN(unsigned int, Cursor_isBitField, (CXCursor cursor))                                     \
	FN(unsigned int, Cursor_isAnonymous, (CXCursor cursor))                                    \
	FN(int, getFieldDeclBitWidth, (CXCursor cursor))                                           \
	FN(CXType, getEnumDeclIntegerType, (CXCursor cursor))                                      \
	FN(long long, getEnumConstantDeclValue, (CXCursor cursor))                                 \
	FN(unsigned int, Cursor_isMacroFunctionLike, (CXCursor cursor))                            \
	FN(void, tokenize, (void *unit, CXSourceRange range, CXToken **tokens, unsigned int *count)) \
	FN(CXString, getTokenSpelling, (void *unit, CXToken token))                                \
	FN(void, disposeTokens, (void *unit, CXToken *tokens, unsigned int count))

struct libclang {
#define DECLARE(result, name, parameters) result(*name) parameters;
	LIBCLANG_FUNCTIONS(DECLARE)
#undef DECLARE
};

/* Loads it on the first call. NULL: it is not installed, or not what it should be. */
const struct libclang *libclang_load(void);

#endif
