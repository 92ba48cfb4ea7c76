/*
 * Clients that cost next to nothing: one thread, epoll, keep-alive.
 *
 * load paced   PORT REQUEST KEYS CONNECTIONS RATE SECONDS: RATE calls a second, each due at its own instant whatever
 *              became of those before it; its latency counts from that instant, so a stall is seen by every call that
 *              was due in it (no coordinated omission).
 * load streams PORT REQUEST KEYS CONNECTIONS RAMP SECONDS: keeps CONNECTIONS streams open, begun over RAMP seconds; begins
 *              new ones for SECONDS (0: one each) and reads all to their end.
 * REQUEST is a file with a whole HTTP request, its key written {key}; KEYS a file of keys, one a line, used in turn.
 * Prints one line of JSON: calls, failures, seconds, chunks (events of streams), and the median and 99th percentile, in
 * milliseconds, of a call (paced) or of the time from a request to its first event (streams).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define TIMES_MAX 4000000
/* Before the instant at which upstream.c wrote an event, in its id: nanoseconds of CLOCK_MONOTONIC. */
#define STAMP_MARK "chatcmpl-"
#define STAMP_DIGITS 19

typedef struct {
  int fd, busy, head_done, status, chunked, first_seen, ever;
  long body_left;
  long long from_ns;
  char head[8192];
  int head_len;
  /* The last bytes of a chunked body, and of an event. */
  char tail[7], mark[5];
  /* Of an event's id: bytes of STAMP_MARK matched, digits read, their value. */
  int mark_len, digits;
  long long stamp_ns;
} Conn;

static Conn *conns;
static int conn_count, paced, ep, busy_count, port;
static char *before, *after, **keys;
static int before_len, after_len, key_count, next_key;
static long calls, failures, chunks, time_count, chunk_time_count;
static double *times, *chunk_times;

static long long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static char *read_file(const char *path, long *len) {
  FILE *f = fopen(path, "rb");
  if (f == NULL) { perror(path); exit(1); }
  fseek(f, 0, SEEK_END);
  *len = ftell(f);
  rewind(f);
  char *text = malloc(*len + 1);
  if (fread(text, 1, *len, f) != (size_t)*len) exit(1);
  text[*len] = 0;
  fclose(f);
  return text;
}

static void read_inputs(const char *request, const char *key_file) {
  long len;
  before = read_file(request, &len);
  char *hole = strstr(before, "{key}");
  if (hole == NULL) { fprintf(stderr, "%s has no {key}\n", request); exit(1); }
  before_len = (int)(hole - before);
  after = hole + 5;
  after_len = (int)(len - before_len - 5);
  char *text = read_file(key_file, &len);
  keys = malloc(sizeof(char *) * (len / 2 + 1));
  for (char *key = strtok(text, "\n"); key != NULL; key = strtok(NULL, "\n")) keys[key_count++] = key;
}

static void note_time(long long from) {
  if (time_count < TIMES_MAX) times[time_count++] = (now_ns() - from) / 1e6;
}

/* Reads the instant in an event's id, byte by byte; what is no such id has none. */
static void read_stamp(Conn *c, char byte) {
  if (c->mark_len < (int)sizeof STAMP_MARK - 1) {
    c->mark_len = byte == STAMP_MARK[c->mark_len] ? c->mark_len + 1 : byte == STAMP_MARK[0];
    return;
  }
  if (byte < '0' || byte > '9') { c->digits = STAMP_DIGITS; return; }
  c->stamp_ns = c->stamp_ns * 10 + (byte - '0');
  if (++c->digits == STAMP_DIGITS && chunk_time_count < TIMES_MAX)
    chunk_times[chunk_time_count++] = (now_ns() - c->stamp_ns) / 1e6;
}

static void open_conn(Conn *c) {
  int yes = 1;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(c->fd, (struct sockaddr *)&at, sizeof at)) { perror("connect"); exit(1); }
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
  c->ever = 0;
}

static void send_request(Conn *c, long long from) {
  char request[16384];
  const char *key = keys[next_key];
  next_key = (next_key + 1) % key_count;
  int key_len = (int)strlen(key);
  if (before_len + key_len + after_len > (int)sizeof request) exit(1);
  memcpy(request, before, before_len);
  memcpy(request + before_len, key, key_len);
  memcpy(request + before_len + key_len, after, after_len);
  int len = before_len + key_len + after_len;
  c->busy = 1;
  busy_count++;
  c->head_done = c->head_len = c->first_seen = 0;
  c->from_ns = from;
  memset(c->tail, 0, sizeof c->tail);
  memset(c->mark, 0, sizeof c->mark);
  c->digits = STAMP_DIGITS;
  if (send(c->fd, request, len, MSG_NOSIGNAL) != len) {
    /* The server closed an idle connection: as any client does, once more on a new one. */
    close(c->fd);
    open_conn(c);
    if (send(c->fd, request, len, MSG_NOSIGNAL) != len) exit(1);
  }
}

static void done(Conn *c, int well) {
  c->busy = 0;
  busy_count--;
  calls++;
  if (!well || c->status != 200) failures++;
  if (paced) note_time(c->from_ns);
}

/* Reads `len` bytes of a body; 1 where it ended. */
static int body(Conn *c, const char *at, int len) {
  if (!c->chunked) {
    c->body_left -= len;
    return c->body_left <= 0;
  }
  int ended = 0;
  for (int i = 0; i < len; i++) {
    memmove(c->mark, c->mark + 1, 4);
    c->mark[4] = at[i];
    if (c->digits < STAMP_DIGITS) read_stamp(c, at[i]);
    if (at[i] != ':' || memcmp(c->mark, "data:", 5) != 0) continue;
    chunks++;
    if (!paced && !c->first_seen) note_time(c->from_ns);
    c->first_seen = 1;
    c->mark_len = c->digits = 0;
    c->stamp_ns = 0;
  }
  char joined[14];
  int kept = len < 7 ? len : 7;
  memcpy(joined, c->tail, 7);
  memcpy(joined + 7, at + len - kept, kept);
  memcpy(c->tail, joined + kept, 7);
  ended = memcmp(c->tail, "\r\n0\r\n\r\n", 7) == 0;
  return ended;
}

static int head(Conn *c, const char *at, int len) {
  int room = (int)sizeof c->head - 1 - c->head_len;
  int copied = len < room ? len : room;
  memcpy(c->head + c->head_len, at, copied);
  int old = c->head_len;
  c->head_len += copied;
  c->head[c->head_len] = 0;
  char *end = strstr(c->head, "\r\n\r\n");
  if (end == NULL) return -1;
  *end = 0;
  c->status = atoi(c->head + 9);
  char *length = strcasestr(c->head, "\r\ncontent-length:");
  c->chunked = length == NULL;
  c->body_left = length == NULL ? 0 : atol(length + 17);
  c->head_done = 1;
  return (int)(end - c->head) + 4 - old;
}

static void take(Conn *c) {
  static char buffer[262144];
  ssize_t n = recv(c->fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) {
    close(c->fd);
    open_conn(c);
    if (c->busy) done(c, 0);
    return;
  }
  if (!c->busy) return;
  int used = 0;
  if (!c->head_done && (used = head(c, buffer, (int)n)) < 0) return;
  int body_len = (int)n - used;
  if (body_len > 0 ? body(c, buffer + used, body_len) : !c->chunked && c->body_left == 0) done(c, 1);
}

static int by_size(const void *a, const void *b) {
  double d = *(const double *)a - *(const double *)b;
  return d < 0 ? -1 : d > 0;
}

static double percentile(const double *sorted, long count, double share) {
  return count ? sorted[(long)(count * share)] : 0;
}

int main(int argc, char **argv) {
  if (argc != 8) return fprintf(stderr, "load paced|streams PORT REQUEST KEYS CONNECTIONS RATE|RAMP SECONDS\n"), 1;
  signal(SIGPIPE, SIG_IGN);
  paced = strcmp(argv[1], "paced") == 0;
  port = atoi(argv[2]);
  read_inputs(argv[3], argv[4]);
  conn_count = atoi(argv[5]);
  double pace = atof(argv[6]), seconds = atof(argv[7]);
  times = malloc(sizeof(double) * TIMES_MAX);
  chunk_times = malloc(sizeof(double) * TIMES_MAX);
  conns = calloc(conn_count, sizeof(Conn));
  ep = epoll_create1(0);
  for (int i = 0; i < conn_count; i++) open_conn(&conns[i]);
  /* Wakes this thread when something is due; epoll's own timeout is too coarse. */
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL}, events[512];
  epoll_ctl(ep, EPOLL_CTL_ADD, timer, &e);
  long long begun_ns = now_ns(), over_ns = begun_ns + (long long)(seconds * 1e9), end_ns = begun_ns;
  double gap_ns = paced ? 1e9 / pace : pace * 1e9 / conn_count;
  long due_count = paced ? (long)(pace * seconds) : conn_count, due = 0;
  for (;;) {
    long long now = now_ns();
    if (due < due_count) {
      for (int i = 0; i < conn_count && due < due_count; i++) {
        long long at = begun_ns + (long long)(due * gap_ns);
        if (at > now) break;
        if (conns[i].busy || (!paced && conns[i].ever)) continue;
        conns[i].ever = 1;
        send_request(&conns[i], paced ? at : now);
        due++;
      }
    }
    if (!paced && now < over_ns)
      for (int i = 0; i < conn_count; i++)
        if (!conns[i].busy && conns[i].ever) send_request(&conns[i], now_ns());
    if (due == due_count && busy_count == 0 && (paced || now >= over_ns)) break;
    if (now > over_ns + 60000000000LL) { failures += busy_count; break; }
    if (due < due_count) {
      long long at = begun_ns + (long long)(due * gap_ns);
      if (at <= now) at = now + 1000000;
      struct itimerspec when = {.it_value = {at / 1000000000LL, at % 1000000000LL}};
      timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
    }
    int n = epoll_wait(ep, events, 512, 100);
    for (int i = 0; i < n; i++) {
      if (events[i].data.ptr != NULL) take(events[i].data.ptr);
      else { unsigned long long ticks; if (read(timer, &ticks, 8) < 0) continue; }
    }
    end_ns = now_ns();
  }
  qsort(times, time_count, sizeof(double), by_size);
  qsort(chunk_times, chunk_time_count, sizeof(double), by_size);
  printf("{\"calls\":%ld,\"failures\":%ld,\"seconds\":%.3f,\"chunks\":%ld,\"p50Ms\":%.4f,\"p99Ms\":%.4f,"
         "\"chunkP50Ms\":%.4f,\"chunkP99Ms\":%.4f}\n", calls, failures, (end_ns - begun_ns) / 1e9, chunks,
         percentile(times, time_count, 0.5), percentile(times, time_count, 0.99),
         percentile(chunk_times, chunk_time_count, 0.5), percentile(chunk_times, chunk_time_count, 0.99));
  return 0;
}
