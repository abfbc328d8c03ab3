/* A disk that stalls: a write of standard error to a regular file waits as long as the file $STALLED_WHILE exists. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t write(int fd, const void *bytes, size_t count) {
  static ssize_t (*original)(int, const void *, size_t);
  const char *gate = getenv("STALLED_WHILE");
  struct stat status;
  if (!original) original = dlsym(RTLD_NEXT, "write");
  if (fd == 2 && gate && fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
    while (access(gate, F_OK) == 0) usleep(1000);
  }
  return original(fd, bytes, count);
}
