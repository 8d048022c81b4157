/* Before pthreads.c: who waits for another thread soon sleeps, in place of some 50 milliseconds later. A thread that is
   waiting on a core that others need keeps the one it waits for from it; one that is woken is let in first. */
#include "threadpool-common.h"

#undef PTHREADPOOL_SPIN_WAIT_ITERATIONS
#define PTHREADPOOL_SPIN_WAIT_ITERATIONS 100
