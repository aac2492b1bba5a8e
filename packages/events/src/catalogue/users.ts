/** Who sends requests, how many they are and what for. */

import { byServer, pack } from './family.ts';

/** So many users of a day are followed one by one; of more, a random part is. */
export const USERS_FOLLOWED_MAX = 65_536;
/** While so many or fewer were active within a day, the counts of users are exact. */
export const USERS_EXACT_MAX = 57_344;

/** How many users there are. */
export const usersAdoption = pack('users', byServer, {
  active: {
    name: 'users_active',
    type: 'gauge',
    help: 'Distinct users that sent a request within the window: 5m, 1h or 24h.',
    labels: ['window'],
  },
  byApplication: {
    name: 'users_application_active',
    type: 'gauge',
    help: 'Distinct users of an application within 24 hours.',
    labels: ['application'],
  },
  adoption: {
    name: 'users_adoption_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the users of the last 24 hours that used the application.',
    labels: ['application'],
  },
  standardError: {
    name: 'users_active_standard_error_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Relative standard error of the number of users of 24 hours: 0 while each of them is kept.',
    labels: [],
  },
});

/** What users do. */
export const usersPatterns = pack('users', byServer, {
  requestsPerUser: {
    name: 'users_requests_per_active_user',
    type: 'gauge',
    help: 'Requests of the last hour for each of its active users; anonymous requests are left out.',
    labels: [],
  },
  anonymous: {
    name: 'users_anonymous_requests_total',
    type: 'counter',
    help: 'Requests that name no user.',
    labels: [],
  },
  byHour: {
    name: 'users_requests_by_hour_total',
    type: 'counter',
    help: 'Requests by the hour of the day in which they began, 00 to 23, UTC.',
    labels: ['hour'],
  },
  byTask: {
    name: 'users_requests_by_task_total',
    type: 'counter',
    help: 'Requests by task type.',
    labels: ['task_type'],
  },
});

/** How satisfied they are. */
export const usersSatisfaction = pack('users', byServer, {
  score: {
    name: 'users_satisfaction_score',
    type: 'gauge',
    help: 'Mean satisfaction score of the last 24 hours, 0 to 1.',
    labels: ['application'],
  },
  ratings: {
    name: 'users_ratings_total',
    type: 'counter',
    help: 'Requests with a satisfaction score.',
    labels: ['application'],
  },
});

/** What takes the history in the ledger to tell. */
export const usersHistory = pack('users', byServer, {
  fresh: {
    name: 'users_new',
    type: 'gauge',
    help: 'Users of the window that the history knows no earlier request of.',
    labels: ['window'],
  },
  returning: {
    name: 'users_returning_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the users of the window that had sent requests before it.',
    labels: ['window'],
  },
});
