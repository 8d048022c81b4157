/* Before pthreads.c: who waits for another thread lets others have the core (two threads on one
   core would wait out their whole time slices), and sleeps after some milliseconds in place of
   fifty. */
#include <sched.h>

#include "threadpool-atomics.h"
#include "threadpool-common.h"

#undef PTHREADPOOL_SPIN_WAIT_ITERATIONS
#define PTHREADPOOL_SPIN_WAIT_ITERATIONS 10000
#define pthreadpool_yield() ((void)sched_yield())
