/* The loop of simcore's heat model on a periodic grid with one ghost cell around it, as one would write it in C.
 *
 *     heat N        reads numbers of steps from standard input, makes them, and answers each with a line
 *
 * gcc -O3 -march=native -ffast-math -fopenmp heat.c -o heat
 */
#include <stdio.h>
#include <stdlib.h>

static void step(int n, const double *restrict u, double *restrict v, double cx, double cy)
{
    const int m = n + 2;
#pragma omp for schedule(static)
    for (int i = 1; i <= n; i++) {
        const double *row = u + (size_t)i * m;
        double *out = v + (size_t)i * m;
        for (int j = 1; j <= n; j++) {
            const double twice = 2.0 * row[j];
            out[j] = row[j] + (cx * ((row[j - m] + row[j + m]) - twice) + cy * ((row[j - 1] + row[j + 1]) - twice));
        }
        out[0] = out[n];
        out[n + 1] = out[1];
        if (i == 1)
            for (int j = 0; j < m; j++)
                v[(size_t)(n + 1) * m + j] = out[j];
        if (i == n)
            for (int j = 0; j < m; j++)
                v[j] = out[j];
    }
}

static void advance(int n, double *u, double *v, long steps)
{
#pragma omp parallel
    {
        double *from = u, *to = v;
        for (long s = 0; s < steps; s++) {
            step(n, from, to, 0.1, 0.1);
            double *other = from;
            from = to;
            to = other;
        }
    }
}

int main(int count, char **arguments)
{
    const int n = count > 1 ? atoi(arguments[1]) : 256;
    const size_t cells = (size_t)(n + 2) * (n + 2);
    double *u = aligned_alloc(64, (cells * sizeof(double) + 63) / 64 * 64);
    double *v = aligned_alloc(64, (cells * sizeof(double) + 63) / 64 * 64);
    for (size_t c = 0; c < cells; c++)
        u[c] = v[c] = (double)(c % 97) / 97.0;
    long steps;
    while (scanf("%ld", &steps) == 1) {
        advance(n, u, v, steps - steps % 2); /* an even number, so that u is again the newest */
        printf("%.17g\n", u[cells / 2]);
        fflush(stdout);
    }
    return 0;
}
