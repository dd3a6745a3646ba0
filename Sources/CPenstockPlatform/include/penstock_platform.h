/* What Swift cannot say: threads, affinity, futex, clocks, checked aligned memory, a plain lock.
 * Internal to Penstock; nothing here is exported from the shared object. */
#ifndef PENSTOCK_PLATFORM_H
#define PENSTOCK_PLATFORM_H

#include "penstock_dlpack.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#pragma GCC visibility push(hidden)

/* ---- Waiting ------------------------------------------------------------------------------- */

/* Tells the core that this is a spin loop. 20 to 40 ns on Zen, about 10 ns on arm64. */
static inline void pstp_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

/* Lets another thread have the core. */
void pstp_yield(void);

/* Asks for a line that will be read and written soon. Any address. */
static inline void pstp_prefetch(const void *line) {
    __builtin_prefetch(line, 1);
}

/* Sleeps while *word == expected, at most timeout_ns (negative: without limit). May return early;
 * the caller checks its condition again. */
void pstp_futex_wait(const void *word, uint32_t expected, int64_t timeout_ns);
void pstp_futex_wake(const void *word, int32_t count);

/* A descriptor that poll and epoll find readable after a ring and until a hush. Negative: none, and
 * errno says why. wait: until it is readable, at most timeout_ns (UINT64_MAX: without limit). */
int pstp_bell_open(void);
void pstp_bell_ring(int bell);
void pstp_bell_hush(int bell);
void pstp_bell_wait(int bell, uint64_t timeout_ns);
void pstp_bell_close(int bell);

/* Asymmetric fence (membarrier): after pstp_heavy_fence() returns, every other thread of the
 * process has passed a full barrier, so a light (compiler-only) barrier suffices on their side.
 * pstp_heavy_fence_available() is false where the kernel lacks it; then both sides must fence. */
bool pstp_heavy_fence_available(void);
void pstp_heavy_fence(void);
static inline void pstp_light_fence(void) {
    __asm__ volatile("" ::: "memory");
}
static inline void pstp_full_fence(void) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* ---- Clocks -------------------------------------------------------------------------------- */

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t pstp_now_ns(void);

/* A cheap monotonic tick counter and its rate. Ticks of two cores compare (constant, synchronised
 * TSC on x86-64; the generic timer on arm64). */
static inline uint64_t pstp_ticks(void) {
#if defined(__x86_64__)
    return __rdtsc();
#elif defined(__aarch64__)
    uint64_t t;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(t));
    return t;
#else
    return pstp_now_ns();
#endif
}
/* Ticks per second; measured once on x86-64 (a few milliseconds at the first call). */
double pstp_ticks_per_second(void);

/* ---- Threads ------------------------------------------------------------------------------- */

typedef struct pstp_thread pstp_thread;

/* Starts a thread with all signals blocked (the host's handlers run on the host's threads) and the
 * given name (15 characters at most are kept). Returns NULL and sets errno on failure. */
pstp_thread *pstp_thread_start(const char *name, void (*body)(void *), void *argument);
/* Waits for the thread's end and frees it. */
void pstp_thread_join(pstp_thread *thread);
/* For the calling thread, when it works for long and nobody waits for it to begin. Since Linux 6.12
 * a thread that wakes runs at once where one with longer slices is running: the host's threads do
 * not wait for ours then. Has no effect before. */
void pstp_thread_take_long_slices(void);

/* The calling thread's affinity as a bit mask of OS processor indexes, 64 to a word.
 * Both return 0 or an errno value; get sets words past the kernel's mask to 0. */
int pstp_affinity_get(uint64_t *mask, size_t words);
int pstp_affinity_set(const uint64_t *mask, size_t words);
/* The processor the caller runs on, or -1. */
int pstp_current_processor(void);
int32_t pstp_thread_id(void);
/* A small integer that is different for each live thread; cheap (thread-local). */
uintptr_t pstp_thread_token(void);

/* Grows by one in the child at each fork(); 0 in a process that never forked. */
uint32_t pstp_fork_generation(void);

/* One slot of thread-local storage for the runtime (the worker that runs on this thread). */
void *pstp_tls_get(void);
void pstp_tls_set(void *value);
/* Whether the calling thread is inside the body of a fork-join. */
bool pstp_in_body_get(void);
void pstp_in_body_set(bool value);

/* The thread's last error text: a buffer of PSTP_ERROR_TEXT bytes, NUL-terminated. */
#define PSTP_ERROR_TEXT 1024
char *pstp_error_text(void);
int32_t pstp_error_status(void);
void pstp_error_set(int32_t status, const char *text);

/* The C compiler, in words. */
const char *pstp_compiler(void);

/* ---- Floating point ------------------------------------------------------------------------- */

/* How the calling thread rounds and what it does with subnormal numbers (on arm64 also with NaN):
 * all of its floating-point mode that changes bits of results. Setting it leaves traps and the
 * flags of exceptions alone, and costs next to nothing when nothing changes. */
#if defined(__x86_64__)
#define PSTP_FLOAT_MODE 0xe040u /* of MXCSR: flush to zero, rounding, denormals are zeros */
static inline uint32_t pstp_float_mode_get(void) {
    return _mm_getcsr() & PSTP_FLOAT_MODE;
}
static inline void pstp_float_mode_set(uint32_t mode) {
    const uint32_t now = _mm_getcsr();
    if ((now & PSTP_FLOAT_MODE) != mode)
        _mm_setcsr((now & ~PSTP_FLOAT_MODE) | mode);
}
/* The flags of exceptions, of the vector unit's. */
static inline void pstp_float_flags_clear(void) {
    const uint32_t now = _mm_getcsr(), flags = 0x3f;
    if (now & flags)
        _mm_setcsr(now & ~flags);
}
#elif defined(__aarch64__)
#define PSTP_FLOAT_MODE 0x7c80007u /* of FPCR: AHP, DN, FZ, rounding, FZ16; NEP, AH, FIZ */
static inline uint32_t pstp_float_mode_get(void) {
    uint64_t now;
    __asm__ volatile("mrs %0, fpcr" : "=r"(now));
    return (uint32_t)now & PSTP_FLOAT_MODE;
}
static inline void pstp_float_mode_set(uint32_t mode) {
    uint64_t now;
    __asm__ volatile("mrs %0, fpcr" : "=r"(now));
    if ((now & PSTP_FLOAT_MODE) != mode) {
        now = (now & ~(uint64_t)PSTP_FLOAT_MODE) | mode;
        __asm__ volatile("msr fpcr, %0" ::"r"(now) : "memory");
    }
}
static inline void pstp_float_flags_clear(void) {
    uint64_t now;
    __asm__ volatile("mrs %0, fpsr" : "=r"(now));
    now &= ~(uint64_t)0x9f;
    __asm__ volatile("msr fpsr, %0" ::"r"(now) : "memory");
}
#else
static inline uint32_t pstp_float_mode_get(void) {
    return 0;
}
static inline void pstp_float_mode_set(uint32_t mode) {
    (void)mode;
}
static inline void pstp_float_flags_clear(void) {}
#endif

/* ---- Memory -------------------------------------------------------------------------------- */

/* Checked, aligned, zeroed memory. NULL when the size overflows or memory is out; never aborts.
 * alignment is a power of two, at most 4096. Blocks of 64 KiB and more come straight from mmap,
 * untouched, so that the first thread to write a page decides its NUMA node. Free with the same
 * size. */
void *pstp_alloc(size_t count, size_t size, size_t alignment);
void pstp_free(void *memory, size_t count, size_t size);

/* ---- Lock (not for hot paths) --------------------------------------------------------------- */

typedef struct pstp_lock pstp_lock;
pstp_lock *pstp_lock_create(void);
void pstp_lock_destroy(pstp_lock *lock);
void pstp_lock_acquire(pstp_lock *lock);
void pstp_lock_release(pstp_lock *lock);
/* What this one lock guards is whole in a child: no other thread is in the middle of changing it
 * when the process forks. For a lock that is held briefly and while nothing else is taken. */
void pstp_lock_hold_across_fork(pstp_lock *lock);
/* The process's fork handlers call these. */
void pstp_lock_before_fork(void);
void pstp_lock_after_fork(void);

#pragma GCC visibility pop

#endif
